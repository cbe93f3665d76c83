/**
 * The phases of a start, in protocol order. Each belongs to one lane, so that a step can never be performed by the
 * wrong process: `host` is Node, outside every namespace; `child` is the stage and, from its fork on, init.
 */

export type Lane = 'host' | 'child'

const table = [
  ['prepare', 'host', 'what must exist before the container does'],
  ['join', 'host', 'put the stage into its cgroup; only then is it sent the program: sending is the gate'],
  ['enter', 'child', 'join namespaces that exist, a user namespace first, or make a new user namespace'],
  ['map', 'host', 'give the new user namespace its ids: only its parent may map more than one'],
  ['isolate', 'child', 'make the other namespaces, then fork init into them'],
  ['wire', 'host', 'connect the new network namespace to the host'],
  ['root', 'child', 'build the root file system, still with the host in sight'],
  ['runtime-hooks', 'host', 'run the hooks that want the namespaces made and the host still mounted'],
  ['pivot', 'child', 'make it the root, and let go of the host'],
  ['seal', 'child', 'what can only be made read-only once all is mounted'],
  ['become', 'child', 'take on the ids, directory and program of the container'],
  ['ready', 'host', 'all that can fail has been tried: the container is created'],
  ['gate', 'child', 'wait to be started'],
  ['exec', 'child', 'close what the program must not inherit, and become it'],
  ['started', 'host', 'the program runs'],
] as const satisfies readonly (readonly [string, Lane, string])[]

export type Phase = (typeof table)[number][0]

export const phases: readonly Phase[] = table.map(([name]) => name)

const rows = new Map<Phase, { order: number; lane: Lane; about: string }>(
  table.map(([name, lane, about], order) => [name, { order, lane, about }]),
)

export const laneOf = (phase: Phase): Lane => rows.get(phase)!.lane
export const orderOf = (phase: Phase): number => rows.get(phase)!.order
export const aboutPhase = (phase: Phase): string => rows.get(phase)!.about

/**
 * What the lifecycle machine shows: the reducer that the runtime asks, and what a container is made of at each moment. Pure. A test
 * drives a real container through every state with every command, and compares.
 */

import { type Happening, type Operation, reduce, type State } from '#chapters/ch7-oci/lifecycle/reduce'
import { refused } from '#chapters/ch7-oci/lifecycle/refused'
import type { HookKind } from '#core/spec/runtime'

export const id = 'web'
/** Of init, on the host. */
export const pid = 4711

/** What is typed behind `mini-runc`. */
export const commands = [
  'create web',
  'start web',
  'pause web',
  'resume web',
  'exec web true',
  'kill web TERM',
  'kill web KILL',
  'delete web',
  'delete -f web',
] as const
export type Command = (typeof commands)[number]
export const happenings: readonly Happening[] = ['made', 'failed', 'ended']
export type Event = Command | Happening

export interface Container {
  readonly state: State
  /** What state.json says: what comes by itself, nobody writes down. */
  readonly written: 'creating' | 'created' | 'running'
  /** The gate is there, open or not. */
  readonly hasFifo: boolean
  /** A SIGKILL has come, and is taken when it goes on. */
  readonly isDoomed: boolean
}
/** null: there is none. */
export type World = Container | null

export type Verb = Operation | Happening
export interface Move {
  readonly verb: Verb
  readonly from: State | null
  readonly to: State | null
}

export interface After {
  readonly world: World
  /** What the command prints on stderr. */
  readonly error: string | null
  /** What the reducer was asked, and allowed. */
  readonly moves: readonly Move[]
  readonly hooks: readonly HookKind[]
  /** Which words say what is remarkable. */
  readonly note: Note
}
export type Note =
  | 'creating'
  | 'made'
  | 'failed'
  | 'execve'
  | 'started'
  | 'ended'
  | 'gone'
  | 'ignored'
  | 'killed'
  | 'frozen'
  | 'paused'
  | 'resumed'
  | 'late'
  | 'exec'
  | 'nothing'
  | 'forced'
  | 'refused'
  | 'waits'

/** cgroup v2 ends what is frozen at once; v1's freezer lets it go on first. */
export type Freezer = 'v1' | 'v2'

/** Which question a command is to the reducer; `delete -f` asks none. */
const operations: Readonly<Record<Exclude<Command, 'delete -f web'>, Operation>> = {
  'create web': 'create',
  'start web': 'start',
  'pause web': 'pause',
  'resume web': 'resume',
  'exec web true': 'exec',
  'kill web TERM': 'kill',
  'kill web KILL': 'kill',
  'delete web': 'delete',
}
const begun: Container = { state: 'creating', written: 'creating', hasFifo: true, isDoomed: false }

/** Whether something can happen by itself now. */
export const canHappen = (world: World, happening: Happening): boolean =>
  !('refused' in reduce(world?.state ?? null, happening))

export function act(world: World, event: Event, freezer: Freezer = 'v2'): After {
  if (event === 'delete -f web') return remove(world)
  if (waits(world, event)) return { world, error: null, moves: [], hooks: [], note: 'waits' }
  const verb = isHappening(event) ? event : operations[event]
  const from = world?.state ?? null
  const next = reduce(from, verb)
  if ('refused' in next) {
    return { world, error: `mini-runc: ${errorOf(from, verb, next.refused)}`, moves: [], hooks: [], note: 'refused' }
  }
  const move: Move = { verb, from, to: next.state }
  const then = consequence(world, event, freezer)
  return { error: null, ...then, moves: [move, ...then.moves] }
}

/** One command after the other: who comes while it is made waits for create, and asks then. */
export const waits = (world: World, event: Event): boolean =>
  world?.state === 'creating' && !isHappening(event) && event !== 'create web' && event !== 'delete -f web'

export const isHappening = (event: Event): event is Happening => happenings.includes(event as Happening)

/** A name that is taken is asked for in another place than a state that does not fit. */
const errorOf = (state: State | null, verb: Verb, why: string): string =>
  refused(id, verb === 'create' ? null : state, why).line

type Consequence = Pick<After, 'world' | 'moves' | 'hooks' | 'note'> & Partial<Pick<After, 'error'>>

/** What becomes of the rest of it, where the reducer has said which state is next. */
function consequence(world: World, event: Exclude<Event, 'delete -f web'>, freezer: Freezer): Consequence {
  const still = { moves: [], hooks: [] }
  if (event === 'create web') return { world: begun, moves: [], hooks: ['prestart', 'createRuntime'], note: 'creating' }
  if (world === null) throw new Error(`${event} of nothing`)
  switch (event) {
    case 'made':
      return {
        moves: [],
        world: { ...world, state: 'created', written: 'created' },
        hooks: ['createContainer'],
        note: 'made',
      }
    case 'failed':
      return world.state === 'creating'
        ? { moves: [], world: null, hooks: ['createContainer', 'poststop'], note: 'failed', error: failures.creating }
        : {
            ...still,
            world: ended({ ...world, hasFifo: false }),
            hooks: ['startContainer'],
            note: 'execve',
            error: failures.created,
          }
    case 'ended':
      return { ...still, world: ended(world), note: 'ended' }
    case 'start web':
      return {
        moves: [],
        world: { ...world, state: 'running', written: 'running', hasFifo: false },
        hooks: ['startContainer', 'poststart'],
        note: 'started',
      }
    case 'pause web':
      return { ...still, world: { ...world, state: 'paused' }, note: 'paused' }
    case 'resume web': {
      const on: Container = { ...world, state: 'running' }
      return world.isDoomed ? endOf(on, 'late') : { ...still, world: on, note: 'resumed' }
    }
    case 'exec web true':
      return { ...still, world, note: 'exec' }
    case 'kill web TERM':
      return { ...still, world, note: 'ignored' }
    case 'kill web KILL':
      if (world.state === 'paused' && freezer === 'v1')
        return { ...still, world: { ...world, isDoomed: true }, note: 'frozen' }
      return endOf(world, 'killed')
    case 'delete web':
      return { moves: [], world: null, hooks: ['poststop'], note: 'gone' }
  }
}

/** What is printed, of a program that is not there and of one that is none. */
export const failures = {
  creating: "mini-runc: command '/bin/web': ENOENT: no such file or directory (there is no such file in the rootfs)",
  created: "mini-runc: exec '/bin/web': ENOEXEC",
} as const

const ended = (container: Container): Container => ({ ...container, state: 'stopped', isDoomed: false })
const endOf = (world: Container, note: Note): Consequence => ({
  world: ended(world),
  moves: [{ verb: 'ended', from: world.state, to: 'stopped' }],
  hooks: [],
  note,
})

/** It asks nobody: what runs is killed, what is half made is taken back, and what is not there is no error. */
function remove(world: World): After {
  if (world === null) return { world, error: null, moves: [], hooks: [], note: 'nothing' }
  const end: Happening = world.state === 'creating' ? 'failed' : 'ended'
  const moves: Move[] = []
  for (let state: State | null = world.state; state !== null; ) {
    const verb: Verb = state === 'stopped' ? 'delete' : end
    const next = reduce(state, verb)
    if ('refused' in next) throw new Error(`${verb} of ${state}: ${next.refused}`)
    moves.push({ verb, from: state, to: next.state })
    state = next.state
  }
  return { world: null, error: null, moves, hooks: ['poststop'], note: 'forced' }
}

export const states: readonly (State | null)[] = [null, 'creating', 'created', 'running', 'paused', 'stopped']

/** A container of each state, for the table. */
export const containerIn = (state: State | null): World => {
  if (state === null) return null
  if (state === 'creating') return begun
  const written = state === 'created' ? 'created' : 'running'
  return { state, written, hasFifo: state === 'created', isDoomed: false }
}

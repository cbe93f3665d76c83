/** What the stepper says of a recorded plan: pure, so that it can be tested without a page. */

import {
  type Lane,
  type LinkSeen,
  type MountSeen,
  type NamespaceKind,
  namespaceKinds,
  type PlanData,
  type PlanStep,
  type State,
} from './plan-data.js'

/** The state before each step, and at the end: one more than there are steps. */
export function statesOf({ before, steps }: Pick<PlanData, 'before' | 'steps'>): State[] {
  const states = [before]
  for (const { after } of steps) states.push({ ...states.at(-1)!, ...after })
  return states
}

/** Of step `index`, the keys of the state that are another after it. */
export const changedBy = (step: PlanStep | undefined): ReadonlySet<keyof State> =>
  new Set(Object.keys(step?.after ?? {}) as (keyof State)[])

export const changedNamespaces = (before: State, after: State): ReadonlySet<NamespaceKind> =>
  new Set(namespaceKinds.filter(kind => before.ns[kind] !== after.ns[kind]))

const sameMount = (a: MountSeen, b: MountSeen): boolean => JSON.stringify(a) === JSON.stringify(b)
const sameLink = (a: LinkSeen, b: LinkSeen): boolean => JSON.stringify(a) === JSON.stringify(b)

export interface Marked<T> {
  readonly value: T
  readonly fresh: boolean
}

const marked = <T>(before: readonly T[], after: readonly T[], same: (a: T, b: T) => boolean): Marked<T>[] =>
  after.map(value => ({ value, fresh: !before.some(other => same(other, value)) }))

/** pivot_root renames all mounts at once, which makes none of them new: where the root changed, only places did. */
export const mountsMarked = (before: State, after: State): Marked<MountSeen>[] =>
  before.root === after.root
    ? marked(before.mounts, after.mounts, sameMount)
    : after.mounts.map(value => ({ value, fresh: false }))

export const linksMarked = (before: readonly LinkSeen[], after: readonly LinkSeen[]): Marked<LinkSeen>[] =>
  marked(before, after, sameLink)

export const namesMarked = (before: readonly string[], after: readonly string[]): Marked<string>[] =>
  marked(before, after, (a, b) => a === b)

/** Files of the cgroup's limits: those that hold another value, or were not there, are fresh. */
export const limitsMarked = (before: State, after: State): Marked<readonly [file: string, value: string]>[] =>
  marked(before.cgroup?.limits ?? [], after.cgroup?.limits ?? [], (a, b) => a[0] === b[0] && a[1] === b[1])

/** Whether the process went into the cgroup, in one more hierarchy, between the two. */
export const joinedCgroup = (before: State, after: State): boolean =>
  (after.cgroup?.member ?? []).some(name => !(before.cgroup?.member ?? []).includes(name))

/** A mount point as a reader knows it: below the rootfs, which itself is `/`. */
export function placeOf({ at }: MountSeen, { rootPath }: State, rootfs: string): string {
  if (rootPath === '/' && at.startsWith(rootfs)) return `<root>${at.slice(rootfs.length)}`
  return at
}

/** The path of the rootfs on the host, as the plan itself has it. */
export const rootfsOf = ({ steps }: Pick<PlanData, 'steps'>): string => {
  const call = steps.find(({ op }) => op === 'open_root' || op === 'chroot')?.call ?? ''
  return /"([^"]+)"/.exec(call)?.[1] ?? ''
}

/** Consecutive steps of one phase, under its name. */
export interface Stretch {
  readonly phase: string
  readonly about: string
  readonly lane: Lane
  readonly steps: readonly { readonly index: number; readonly step: PlanStep }[]
}

export function stretchesOf({ steps, phases }: PlanData): Stretch[] {
  const stretches: (Stretch & { steps: { index: number; step: PlanStep }[] })[] = []
  steps.forEach((step, index) => {
    const last = stretches.at(-1)
    if (last?.phase === step.phase) last.steps.push({ index, step })
    else {
      const about = phases.find(({ name }) => name === step.phase)?.about ?? ''
      stretches.push({ phase: step.phase, about, lane: step.lane, steps: [{ index, step }] })
    }
  })
  return stretches
}

export const hex = (value: number): string => `0x${value.toString(16)}`

/** `mount(2)` → its page. */
export function manLink(man: string): string {
  const [, name, section] = /^(\S+)\((\w+)\)$/.exec(man) ?? []
  return `https://man7.org/linux/man-pages/man${section?.[0]}/${name}.${section}.html`
}

export const durationOf = (micros: number): string =>
  micros >= 1000 ? `${(micros / 1000).toFixed(1)} ms` : `${micros < 10 ? micros.toFixed(1) : Math.round(micros)} µs`

/** Of the strip: 0.12 to 1, by the logarithm, because a mount takes a hundred times what a umask takes. */
export function heightOf(micros: number, steps: readonly PlanStep[]): number {
  const [low, high] = [Math.min(...steps.map(step => step.micros)), Math.max(...steps.map(step => step.micros))]
  if (high <= low) return 1
  return 0.12 + (0.88 * Math.log(micros / low)) / Math.log(high / low)
}

/** Whether no step of another plan does the same for the same reason. */
export const isNewAgainst = (step: PlanStep, other: Pick<PlanData, 'steps'> | null): boolean =>
  other !== null && !other.steps.some(({ by, op }) => by === step.by && op === step.op)

/** Parts of a call, so that its name and its flags can be told from the rest. */
export interface Token {
  readonly text: string
  readonly kind: 'name' | 'flag' | 'string' | 'role' | 'plain'
}

export function tokensOf(call: string, flags: readonly string[]): Token[] {
  const known = new Set(flags)
  const name = /^\w+(?=\()/.exec(call)?.[0] ?? ''
  const tokens: Token[] = name === '' ? [] : [{ text: name, kind: 'name' }]
  for (const [text] of call.slice(name.length).matchAll(/"(?:[^"\\]|\\.)*"|<[a-z ]+>|\w+|[^\w"<]+|./g)) {
    const kind = text.startsWith('"') ? 'string' : /^<.+>$/.test(text) ? 'role' : known.has(text) ? 'flag' : 'plain'
    tokens.push({ text, kind })
  }
  return tokens
}

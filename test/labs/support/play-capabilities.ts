/**
 * A plan played on paper: what capabilities(7) says that each step does to the five sets, and which steps the kernel refuses. It
 * begins as root with all of them; a step that is refused changes nothing.
 */

import type { Plan, Step } from '#core/plan/step'
import { type Capability, capabilities } from '#core/sys/constants'

export const setNames = ['bounding', 'permitted', 'effective', 'inheritable', 'ambient'] as const
export type SetName = (typeof setNames)[number]
export type Sets = Readonly<Record<SetName, ReadonlySet<string>>>

export interface Refused {
  readonly index: number
  readonly step: Step
  readonly errno: 'EPERM' | 'EINVAL'
  readonly why: string
}
export interface PlayedCapabilities {
  /** Right before execve. */
  readonly sets: Sets
  readonly refused: readonly Refused[]
  /** What was permitted when the uid had been given away; null when it never was. */
  readonly afterUid: ReadonlySet<string> | null
  readonly keptAt: number | null
  readonly uidAt: number | null
}

const none: ReadonlySet<string> = new Set()
const within = (some: ReadonlySet<string>, ...others: readonly ReadonlySet<string>[]): string | undefined =>
  [...some].find(name => !others.some(set => set.has(name)))
const both = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...a].filter(name => b.has(name)))

/** @param last the number of the last capability that the kernel knows */
export function playCapabilities({ steps }: Plan, last: number): PlayedCapabilities {
  const known = (names: readonly string[]): ReadonlySet<string> =>
    new Set(names.filter(name => capabilities[name as Capability] <= last))
  const all = known(Object.keys(capabilities))
  let sets: Sets = { bounding: all, permitted: all, effective: all, inheritable: none, ambient: none }
  let uid = 0
  let afterUid: ReadonlySet<string> | null = null
  let [keptAt, uidAt]: [number | null, number | null] = [null, null]
  const refused: Refused[] = []
  for (const [index, step] of steps.entries()) {
    const refuse = (why: string, errno: Refused['errno'] = 'EPERM'): void => {
      refused.push({ index, step, errno, why })
    }
    const may = (name: Capability): boolean => sets.effective.has(name)
    if (step.op === 'drop_bounding') {
      const kept = both(sets.bounding, known(step.keep))
      if (kept.size === sets.bounding.size || may('CAP_SETPCAP')) sets = { ...sets, bounding: kept }
      else refuse('CAP_SETPCAP is not effective any more')
    } else if (step.op === 'keep_caps') keptAt = index
    else if (step.op === 'setgroups' || (step.op === 'setresgid' && step.gid !== 0)) {
      if (!may('CAP_SETGID')) refuse('CAP_SETGID is not effective any more')
    } else if (step.op === 'setresuid' && step.uid !== uid) {
      if (!may('CAP_SETUID')) refuse('CAP_SETUID is not effective any more')
      else {
        uid = step.uid
        sets = { ...sets, permitted: keptAt === null ? none : sets.permitted, effective: none, ambient: none }
        afterUid = sets.permitted
        uidAt = index
      }
    } else if (step.op === 'capset') {
      const next = {
        permitted: known(step.permitted),
        effective: known(step.effective),
        inheritable: known(step.inheritable),
      }
      const more = within(next.permitted, sets.permitted)
      const loose = within(next.effective, next.permitted)
      const handed = may('CAP_SETPCAP') ? undefined : within(next.inheritable, sets.inheritable, sets.permitted)
      const unbounded = within(next.inheritable, sets.inheritable, sets.bounding)
      if (more !== undefined) refuse(`${more} is not permitted any more`)
      else if (loose !== undefined) refuse(`${loose} is to be effective, and not permitted`)
      else if (handed !== undefined) refuse(`${handed} is to be inheritable, and was never permitted`)
      else if (unbounded !== undefined) refuse(`${unbounded} is to be inheritable, and not in the bounding set`)
      else sets = { ...sets, ...next, ambient: both(sets.ambient, both(next.permitted, next.inheritable)) }
    } else if (step.op === 'ambient') {
      sets = { ...sets, ambient: none }
      const strange = step.capabilities.find(name => capabilities[name] > last)
      const loose = step.capabilities.find(name => !sets.permitted.has(name) || !sets.inheritable.has(name))
      if (strange !== undefined) refuse(`this kernel knows no ${strange}`, 'EINVAL')
      else if (loose !== undefined) refuse(`${loose} is not permitted and inheritable yet`)
      else sets = { ...sets, ambient: new Set(step.capabilities) }
    }
  }
  return { sets, refused, afterUid, keptAt, uidAt }
}

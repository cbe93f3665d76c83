/**
 * What a check is: a thing that some chapter wants to do, tried out on this machine.
 *
 * A probe is the question, a finding its answer, a check both together: the form that people and programs are shown.
 */

import type { Executor } from '#core/exec/executor'
import type { Facts } from '#core/sys/facts'
import type { Scratch } from './scratch.js'

export type Status = 'ok' | 'degraded' | 'missing'

export interface Finding {
  readonly status: Status
  /** What was seen, in words. */
  readonly found: string
  /** One line that the user can act on. */
  readonly remedy?: string
  /** Root of this machine could do it. */
  readonly rootCould?: true
}

export interface Probe {
  readonly id: string
  readonly what: string
  /** The chapters that are poorer without it, or impossible. */
  readonly chapters: readonly string[]
  /** Those of them that are impossible. */
  readonly needed: readonly string[]
  /** What the others lose, as the end of "limited: no …". */
  readonly loses: string
  /** Checks without which this one cannot be tried: they are what is to be repaired. */
  readonly after: readonly string[]
  readonly look: (machine: Machine) => Finding | Promise<Finding>
}

/** What probes are given: who asks, who performs, and where something may be put for a moment. */
export interface Machine {
  readonly uid: number
  readonly gid: number
  readonly root: boolean
  /** The user's name, its uid when it has none. */
  readonly user: string
  readonly facts: Facts
  /** null when nobody can perform a plan here. */
  readonly executor: Executor | null
  readonly scratch: Scratch
}

/** Fields are added, never renamed, without a new version of the JSON. */
export interface Check extends Finding {
  readonly id: string
  readonly what: string
  readonly chapters: readonly string[]
  readonly needed: readonly string[]
  readonly loses: string
  /** Was not tried: that check stands in its way. */
  readonly because?: string
}

export const ok = (found: string): Finding => ({ status: 'ok', found })

export const missing = (found: string, remedy?: string): Finding => ({
  status: 'missing',
  found,
  ...(remedy === undefined ? {} : { remedy }),
})

/** It works, or something in its place does, but not as well as it could. */
export const degraded = (found: string, remedy?: string): Finding => ({ ...missing(found, remedy), status: 'degraded' })

/** The answer to a question that could not be put. */
export function blockedBy(probe: Probe, obstacle: Check): Check {
  const because = obstacle.because ?? obstacle.id
  return { ...described(probe), status: 'missing', found: `not tried: ${because} comes first`, because }
}

export const answered = (probe: Probe, finding: Finding): Check => ({ ...described(probe), ...finding })

const described = ({ id, what, chapters, needed, loses }: Probe) => ({ id, what, chapters, needed, loses })

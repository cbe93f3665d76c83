/**
 * How far a learner is: labs/progress.json in the working copy, which is committed like the attempts. It is small, sorted and
 * without times, so that two copies merge.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { type Lab, labs } from '#labs/index'
import { digestOfFile } from '#labs/runner/digest'
import type { LabResult, Status } from '#labs/runner/grade/results'
import { attemptPath, repository } from '#labs/runner/places'
import { writeDurably } from '#labs/runner/write-durably'

export interface Outcome {
  readonly status: Status
  readonly points: number
  readonly of: number
  /** Digest of the attempt that was graded. */
  readonly attempt: string
  /** The first check that failed. */
  readonly failed?: string
}
export interface LabProgress {
  /** Keys of the hints that were seen, in the order of seeing: `1`, or a check's id. */
  readonly hints: readonly string[]
  readonly last?: Outcome
  /** The best whose points count: graded by the grader that was published, effects and all. */
  readonly best?: Outcome
}
export interface Progress {
  readonly version: 1
  /** The lab last started or checked. */
  readonly current: string | null
  readonly labs: Readonly<Record<string, LabProgress>>
}

export const progressPath = `${repository}labs/progress.json`
const name = 'labs/progress.json'
const nothing: Progress = { version: 1, current: null, labs: {} }

/** @throws MiniDockerError when the file is there and says nothing that is understood: it is left as it is */
export function readProgress(): Progress {
  let text: string
  try {
    text = fs.readFileSync(progressPath, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return nothing
    throw error
  }
  const broken = (why: string): never =>
    fail('FailedPrecondition', { what: name, why, hint: `mend it, or put it aside: mv ${name} ${name}.broken` })
  if (/^<{7} /m.test(text)) return broken('holds the marks of a merge')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return broken('is no JSON')
  }
  const wrong = misshapen(value)
  return wrong === null ? (value as Progress) : broken(wrong)
}

function misshapen(value: unknown): string | null {
  if (!isObject(value)) return 'is no object'
  if (value.version !== 1) return `is of version ${JSON.stringify(value.version)}, this tool knows version 1`
  if (value.current !== null && typeof value.current !== 'string') return "its 'current' names no lab"
  if (!isObject(value.labs)) return "its 'labs' is no object"
  for (const [id, lab] of Object.entries(value.labs)) {
    const { hints, last, best } = isObject(lab) ? lab : {}
    if (!Array.isArray(hints) || !hints.every(key => typeof key === 'string')) return `its hints of '${id}' are no list`
    if (![last, best].every(one => one === undefined || isOutcome(one))) return `its result of '${id}' is none`
  }
  return null
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isOutcome = (value: unknown): boolean =>
  isObject(value) &&
  typeof value.status === 'string' &&
  typeof value.points === 'number' &&
  typeof value.of === 'number'

export const progressOf = ({ labs }: Progress, { id }: Lab): LabProgress => labs[id] ?? { hints: [] }

/** Nothing failed: on this machine there is no more to be done about it. */
export const isSolved = (progress: Progress, lab: Lab): boolean => progressOf(progress, lab).best !== undefined

/** Whether it is the attempt at hand that solved it: who begins anew, or goes on, is not done. */
export const hasPassed = (progress: Progress, lab: Lab): boolean => {
  const { best } = progressOf(progress, lab)
  return best !== undefined && digestOfFile(attemptPath(lab)) === best.attempt
}

/** Reads, changes and writes in one go: another command may have written meanwhile. */
export function changeProgress(change: (progress: Progress) => Progress): Progress {
  const changed = change(readProgress())
  const known = labs.map(({ id }) => id)
  const order = (id: string): number => (known.includes(id) ? known.indexOf(id) : known.length)
  const sorted = Object.entries(changed.labs).sort(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1))
  writeDurably(progressPath, `${JSON.stringify({ ...changed, labs: Object.fromEntries(sorted) }, null, 2)}\n`)
  return changed
}

export const withCurrent =
  ({ id }: Lab) =>
  (progress: Progress): Progress => ({ ...progress, current: id })

const withLab = (progress: Progress, lab: Lab, more: Partial<LabProgress>): Progress => ({
  ...progress,
  labs: { ...progress.labs, [lab.id]: { ...progressOf(progress, lab), ...more } },
})

export const withHint =
  (lab: Lab, key: string) =>
  (progress: Progress): Progress => {
    const seen = progressOf(progress, lab).hints.filter(one => one !== key)
    return withLab(progress, lab, { hints: [...seen, key] })
  }

/** @param whole whether effects were asked for, too; @param intact whether the grader is the published one */
export const withResult =
  (lab: Lab, result: LabResult, attempt: string, { whole, intact }: { whole: boolean; intact: boolean }) =>
  (progress: Progress): Progress => {
    const { status, points, of, checks } = result
    const failed = checks.find(check => check.status === 'failed')?.id
    const last: Outcome = { status, points, of, attempt, ...(failed === undefined ? {} : { failed }) }
    const { best } = progressOf(progress, lab)
    const counts = whole && intact && (status === 'passed' || status === 'incomplete')
    const better = counts && (best === undefined || points >= best.points)
    return { ...withLab(progress, lab, better ? { last, best: last } : { last }), current: lab.id }
  }

/** Changes that belong together: all of them are made, or none. */

import { errnoOf, MiniDockerError } from '#core/errors'
import { performAll } from '#core/exec/perform-all'
import { stepError } from '#core/exec/start-error'
import type { HostStep } from '#core/plan/step'

export interface Change {
  readonly step: HostStep
  /** What takes it back; null: nothing does. */
  readonly back: HostStep | null
}

type Perform = (step: HostStep) => unknown

/**
 * @param warn is told what could not be taken back
 * @throws MiniDockerError of the first that failed, with those before it taken back
 */
export function performAllOrNone(changes: readonly Change[], perform: Perform, warn: (error: unknown) => void): void {
  changes.forEach(({ step }, index) => {
    try {
      perform(step)
    } catch (error) {
      takeBack(changes.slice(0, index), perform, warn)
      throw failureOf(changes, index, error)
    }
  })
}

/** The last one first. */
export function takeBack(changes: readonly Change[], perform: Perform, warn: (error: unknown) => void): void {
  const backs = [...changes].reverse().flatMap(({ back }) => back ?? [])
  performAll(backs, perform).errors.forEach(warn)
}

function failureOf(changes: readonly Change[], index: number, error: unknown): MiniDockerError {
  const errno = errnoOf(error)
  const steps = changes.map(({ step }) => step)
  if (error instanceof MiniDockerError) return stepError({ steps }, { kind: 'failed', index, errno: '', cause: error })
  if (errno === undefined) throw error
  // what a tool said is all that there is to know; of a write the errno says it
  const said = steps[index]?.op === 'tc_batch' && error instanceof Error ? { detail: error.message } : {}
  return stepError({ steps }, { kind: 'failed', index, errno, ...said })
}

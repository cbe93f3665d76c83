/** A grading goes into the progress file. Where that cannot be written, the verdict is worth no less: it is said, no more. */

import { MiniDockerError } from '#core/errors'
import type { Lab } from '#labs/index'
import type { LabResult } from '#labs/runner/grade/results'
import { changeProgress, withResult } from './progress.js'

export interface Graded {
  readonly result: LabResult
  /** Digest of the attempt as it was when it was graded. */
  readonly attempt: string
  /** Whether effects were asked for, too. */
  readonly whole: boolean
  readonly intact: boolean
}

/** @returns why it could not be recorded, else null */
export function record(lab: Lab, { result, attempt, ...how }: Graded): string | null {
  try {
    changeProgress(withResult(lab, result, attempt, how))
    return null
  } catch (error) {
    return error instanceof MiniDockerError ? error.line : `labs/progress.json: ${(error as Error).message}`
  }
}

/** What a run's outcome is to the shell: the program's exit code, or an error that names the step. */

import { codeOf, lostError, type Outcome, stepError } from '#core/exec/outcome'
import type { Plan } from '#core/plan/step'

/** @throws MiniDockerError when the program did not run */
export function exitCodeOf(plan: Plan, outcome: Outcome): number {
  if (outcome.kind === 'exited') return codeOf(outcome.status)
  throw outcome.kind === 'failed' ? stepError(plan, outcome) : lostError(plan, outcome)
}

/** What a run's outcome is to the shell: the program's exit code, or an error that names the step. */

import { codeOf, type Outcome } from '#core/exec/outcome'
import type { Plan } from '#core/plan/step'

/** @throws MiniDockerError when the program did not run: what says why is loaded only then */
export async function exitCodeOf(plan: Plan, outcome: Outcome): Promise<number> {
  if (outcome.kind === 'exited') return codeOf(outcome.status)
  const { lostError, stepError } = await import('#core/exec/start-error')
  throw outcome.kind === 'failed' ? stepError(plan, outcome) : lostError(plan, outcome)
}

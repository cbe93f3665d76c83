/** What every command that looks at containers does first: take back what killed creators left, and say what would not go. */

import type { PerformHostStep } from '#core/exec/driver'
import { replayDead } from '#core/exec/replay'
import type { States } from '#core/exec/state'

export async function cleanUpDead(states: States, perform: PerformHostStep): Promise<void> {
  const errors: unknown[] = []
  replayDead(states, perform, error => errors.push(error))
  if (errors.length === 0) return
  const { printWarning } = await import('./print.js')
  for (const error of errors)
    printWarning(`left by a killed container: ${error instanceof Error ? error.message : error}`)
}

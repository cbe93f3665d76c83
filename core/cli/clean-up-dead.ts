/** What every command that looks at containers does first: take back what killed creators left, and say what would not go. */

import type { PerformHostStep } from '#core/exec/driver'
import { replayDead } from '#core/exec/replay'
import type { States } from '#core/exec/state'

export async function cleanUpDead(states: States, perform: PerformHostStep): Promise<void> {
  const warnings: string[] = []
  replayDead(states, perform, (error, id) =>
    warnings.push(`left by container '${id}', which was killed: ${error instanceof Error ? error.message : error}`),
  )
  if (warnings.length === 0) return
  const { printWarning } = await import('./print.js')
  warnings.forEach(printWarning)
}

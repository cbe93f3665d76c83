/** `lab reset`: back to the skeleton; what was written is kept beside it. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { Lab } from '#labs/index'
import { isBegun, skeletonOf, writeSkeleton } from '#labs/runner/attempt/begin'
import { fromHere } from '#labs/runner/attempt/words'
import { labOrCurrent } from '#labs/runner/progress/choose'
import { changeProgress, readProgress, withCurrent } from '#labs/runner/progress/progress'
import { attemptPath } from '../places.js'
import { writeDurably } from '../write-durably.js'
import { labCommand } from './lab-command.js'

export const reset = labCommand({
  name: 'lab reset',
  about: 'Back to the skeleton. What you wrote is kept as attempt.ts.bak; points and hints stay.',
  usage: '[LAB]',
  most: 1,
  flags: [],
  examples: ['lab reset', 'lab reset ch1/enter-root'],
  async run(_, [said]) {
    const lab = labOrCurrent(said, readProgress)
    if (!isBegun(lab)) {
      fail('NotFound', {
        what: `labs/${lab.id}/attempt.ts`,
        why: 'is not there',
        hint: `mini-docker lab start ${lab.id}`,
      })
    }
    const kept = resetAttempt(lab)
    changeProgress(withCurrent(lab))
    const { out } = await import('#core/cli/print')
    out(`${fromHere(`labs/${lab.id}/attempt.ts`)} is the skeleton again\n`)
    if (kept !== null) out(`what you wrote is kept: ${fromHere(kept)}\n`)
    return 0
  },
})

/** An earlier copy is never overwritten: .bak, .bak2 … @returns the copy's name, null when there was nothing to keep */
export function resetAttempt(lab: Lab): string | null {
  const written = fs.readFileSync(attemptPath(lab), 'utf8')
  if (written === skeletonOf(lab)) return null
  const copy = (n: number): string => `labs/${lab.id}/attempt.ts.bak${n === 1 ? '' : n}`
  const full = (n: number): string => `${attemptPath(lab)}.bak${n === 1 ? '' : n}`
  let n = 1
  while (fs.existsSync(full(n)) && fs.readFileSync(full(n), 'utf8') !== written) n++
  writeDurably(full(n), written)
  writeSkeleton(lab)
  return copy(n)
}

/** `lab next`: on to the next unsolved lab. */

import type { ToneLine } from '#core/doctor/lines'
import type { Lab } from '#labs/index'
import { beginLines, isBegun, writeSkeleton } from '#labs/runner/attempt/begin'
import { currentLab, nextUnsolved } from '#labs/runner/progress/choose'
import { changeProgress, isSolved, readProgress, withCurrent } from '#labs/runner/progress/progress'
import { labCommand } from './lab-command.js'

export const next = labCommand({
  name: 'lab next',
  about: 'Go on to the next unsolved lab: begins it, if it is not begun.',
  usage: '',
  most: 0,
  flags: [],
  examples: ['lab next'],
  async run() {
    const { printToned } = await import('#core/cli/print')
    const moved = moveOn()
    printToned(moved === null ? allSolved : beginLines(moved))
    return 0
  },
})

export const allSolved: readonly ToneLine[] = [
  [
    ['good', 'all labs are solved'],
    ['quiet', '  (mini-docker lab status)'],
  ],
]

/** @returns null when there is none left */
export function moveOn(): Lab | null {
  const progress = readProgress()
  const current = currentLab(progress)
  const found = nextUnsolved(progress, current)
  // the only one left may be the one that one is at
  const lab = found ?? (current !== undefined && !isSolved(progress, current) ? current : undefined)
  if (lab === undefined) return null
  if (!isBegun(lab)) writeSkeleton(lab)
  changeProgress(withCurrent(lab))
  return lab
}

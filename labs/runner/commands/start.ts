/** `lab start`: the skeleton, where the learner writes. */

import type { ToneLine } from '#core/doctor/lines'
import { fail } from '#core/errors'
import { type Lab, labs } from '#labs/index'
import { beginLines, isBegun, writeSkeleton } from '#labs/runner/attempt/begin'
import { findLab, nextUnsolved } from '#labs/runner/progress/choose'
import { changeProgress, readProgress, withCurrent } from '#labs/runner/progress/progress'
import { labCommand } from './lab-command.js'

export const start = labCommand({
  name: 'lab start',
  about: 'Begin a lab, the next unsolved one by default: cuts its skeleton to labs/ID/attempt.ts and says what to do.',
  usage: '[LAB]',
  most: 1,
  flags: [],
  examples: ['lab start', 'lab start ch1/enter-root', 'lab start enter-root'],
  async run(_, [said]) {
    const progress = readProgress()
    const lab = said === undefined ? (nextUnsolved(progress) ?? labs[0]!) : findLab(said)
    const begun = isBegun(lab)
    if (begun && said !== undefined) {
      fail('AlreadyExists', {
        what: `labs/${lab.id}/attempt.ts`,
        why: 'is there already, and is not touched',
        hint: `go on: mini-docker lab watch ${lab.id}; from the start: mini-docker lab reset ${lab.id}`,
      })
    }
    if (!begun) writeSkeleton(lab)
    changeProgress(withCurrent(lab))
    const { printToned } = await import('#core/cli/print')
    printToned([...beginLines(lab), ...(begun ? goOn(lab) : [])])
    return 0
  },
})

const goOn = ({ id }: Lab): ToneLine[] => [
  [],
  [['quiet', `  it is begun already, and was not touched (from the start: mini-docker lab reset ${id})`]],
]

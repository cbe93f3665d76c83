/** `lab watch`: grades whenever the attempt is saved, and listens to single keys. */

import { fail } from '#core/errors'
import { isBegun, writeSkeleton } from '#labs/runner/attempt/begin'
import { labOrCurrent } from '#labs/runner/progress/choose'
import { changeProgress, readProgress, withCurrent } from '#labs/runner/progress/progress'
import { Terminal } from '../watch/terminal.js'
import { Watch } from '../watch/watch.js'
import { labCommand } from './lab-command.js'

export const watch = labCommand({
  name: 'lab watch',
  about: 'Grade the current lab whenever you save. Keys: h hint, n next, l list, r run all, d diff, x reset, q quit.',
  usage: '[LAB]',
  most: 1,
  flags: [],
  examples: ['lab watch', 'lab watch ch1/enter-root'],
  async run(_, [said]) {
    if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
      fail('FailedPrecondition', {
        what: 'lab watch',
        why: 'needs a terminal to draw on and to read keys from',
        hint: 'mini-docker lab check grades once',
      })
    }
    const lab = labOrCurrent(said, readProgress)
    if (!isBegun(lab)) writeSkeleton(lab)
    changeProgress(withCurrent(lab))
    const { toned } = await import('#core/cli/print')
    const terminal = new Terminal(toned)
    try {
      return await new Watch(terminal, lab).untilQuit()
    } finally {
      terminal.restore()
    }
  },
})

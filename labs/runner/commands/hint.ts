/** `lab hint`: one hint more. */

import type { ToneLine } from '#core/doctor/lines'
import { fail } from '#core/errors'
import type { Lab } from '#labs/index'
import { labOrCurrent } from '#labs/runner/progress/choose'
import { changeProgress, hasPassed, progressOf, readProgress, withHint } from '#labs/runner/progress/progress'
import { type Hint, hintsFor, isRising, nextHint } from '../pages.js'
import { labCommand } from './lab-command.js'

export const hint = labCommand({
  name: 'lab hint',
  about: 'One hint more: about the check that failed last, if there is one about it; else the next of three that rise.',
  usage: '[LAB]',
  most: 1,
  flags: [
    { name: 'again', about: 'the last one once more' },
    { name: 'all', about: 'all that were seen' },
  ],
  examples: ['lab hint', 'lab hint ch1/enter-root --again'],
  async run(flags, [said]) {
    const lab = labOrCurrent(said, readProgress)
    const { printToned } = await import('#core/cli/print')
    if (!flags.on('again') && !flags.on('all')) {
      printToned(showNext(lab))
      return 0
    }
    const hints = hintsFor(lab)
    const seen = progressOf(readProgress(), lab).hints.flatMap(key => hints.filter(one => one.key === key))
    if (seen.length === 0) {
      fail('NotFound', {
        what: `hints of ${lab.id}`,
        why: 'none was seen yet',
        hint: `mini-docker lab hint ${lab.id}`,
      })
    }
    const wanted = flags.on('all') ? seen : seen.slice(-1)
    printToned(wanted.flatMap((one, i) => [...(i === 0 ? [] : [[] as ToneLine]), ...linesOf(one, hints)]))
    return 0
  },
})

/** Counts it as seen; who is done needs none. @throws MiniDockerError NotFound when the lab has none */
export function showNext(lab: Lab): ToneLine[] {
  if (hasPassed(readProgress(), lab)) {
    return [
      [
        ['good', `${lab.id} is solved`],
        ['quiet', `  (mini-docker lab diff ${lab.id}; mini-docker lab next)`],
      ],
    ]
  }
  const hints = hintsFor(lab)
  if (hints.length === 0) fail('NotFound', { what: `hints of ${lab.id}`, why: 'there are none', hint: 'lab list' })
  const { hints: seen, last } = progressOf(readProgress(), lab)
  const next = nextHint(hints, seen, last?.failed)
  if (next === null) {
    return [
      [
        ['poor', 'those were all the hints'],
        ['quiet', `  (mini-docker lab hint ${lab.id} --all; the task: labs/${lab.id}/task.md)`],
      ],
    ]
  }
  changeProgress(withHint(lab, next.key))
  return linesOf(next, hints)
}

function linesOf(hint: Hint, hints: readonly Hint[]): ToneLine[] {
  const rising = hints.filter(isRising)
  const which = isRising(hint) ? `hint ${rising.indexOf(hint) + 1} of ${rising.length}` : `about ${hint.key}`
  return [[['poor', which]], ...hint.text.split('\n').map((line): ToneLine => [['plain', `  ${line}`]])]
}

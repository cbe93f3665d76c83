/** `lab status`: how far one is, by chapter. */

import type { ToneLine } from '#core/doctor/lines'
import { inspectGrader } from '#labs/runner/grade/intact'
import { readProgress } from '#labs/runner/progress/progress'
import { type Standing, standings } from '#labs/runner/progress/standing'
import { changedLines } from '../report/text.js'
import { labCommand } from './lab-command.js'

interface ChapterStatus {
  readonly chapter: string
  readonly solved: number
  readonly labs: number
  readonly points: number
}

export const status = labCommand({
  name: 'lab status',
  about: 'How far you are: labs solved and points by chapter, the current lab, and whether the points count.',
  usage: '',
  most: 0,
  flags: [{ name: 'json', about: 'as JSON, versioned' }],
  examples: ['lab status', 'lab status --json'],
  async run(flags) {
    const progress = readProgress()
    const all = standings(progress)
    const chapters = [...new Set(all.map(({ chapter }) => chapter))].map(chapter =>
      sumOf(
        chapter,
        all.filter(one => one.chapter === chapter),
      ),
    )
    const grader = inspectGrader()
    const { printJson, printToned } = await import('#core/cli/print')
    if (flags.on('json')) printJson({ version: 1, current: progress.current, grader, chapters, labs: all })
    else {
      printToned([...chapters.map(chapterLine), totalLine(chapters), ...currentLines(progress.current, all)])
      if (!grader.intact) printToned([[], ...changedLines(grader)])
    }
    return 0
  },
})

const isSolvedState = ({ state }: Standing): boolean => state === 'passed' || state === 'incomplete'

const sumOf = (chapter: string, labs: readonly Standing[]): ChapterStatus => ({
  chapter,
  solved: labs.filter(isSolvedState).length,
  labs: labs.length,
  points: labs.reduce((sum, { points }) => sum + points, 0),
})

const BAR = 20

function chapterLine({ chapter, solved, labs, points }: ChapterStatus): ToneLine {
  const full = Math.round((solved / labs) * BAR)
  return [
    ['plain', `${chapter}  `],
    ['good', '█'.repeat(full)],
    ['quiet', '░'.repeat(BAR - full)],
    ['plain', `  ${solved} of ${labs} labs, ${points} points`],
  ]
}

function totalLine(chapters: readonly ChapterStatus[]): ToneLine {
  const sum = (of: (one: ChapterStatus) => number): number => chapters.reduce((total, one) => total + of(one), 0)
  return [['plain', `all  ${sum(one => one.solved)} of ${sum(one => one.labs)} labs, ${sum(one => one.points)} points`]]
}

function currentLines(current: string | null, all: readonly Standing[]): ToneLine[] {
  if (all.every(isSolvedState)) return [[], [['good', 'all labs are solved']]]
  const lab = all.find(one => one.lab === current)
  if (lab === undefined) return [[], [['plain', 'no lab is begun yet: mini-docker lab start']]]
  const changed = lab.changed ? ', the attempt has changed since it was graded' : ''
  return [[], [['plain', `current  ${lab.lab} (${lab.state}${changed})`]]]
}

/** An attempt begins as the skeleton, cut out of the chapter's own file. */

import * as fs from 'node:fs'
import type { ToneLine } from '#core/doctor/lines'
import type { Lab } from '#labs/index'
import { goalOf, taskPath } from '#labs/runner/pages'
import { attemptPath, labDirectory, referencePath, repository } from '#labs/runner/places'
import { writeDurably } from '#labs/runner/write-durably'
import { cutSkeleton } from './cut.js'
import { fromHere } from './words.js'

export const skeletonOf = (lab: Lab): string => cutSkeleton(fs.readFileSync(referencePath(lab), 'utf8'), lab)
export const isBegun = (lab: Lab): boolean => fs.existsSync(attemptPath(lab))

export function writeSkeleton(lab: Lab): void {
  fs.mkdirSync(labDirectory(lab), { recursive: true })
  writeDurably(attemptPath(lab), skeletonOf(lab))
}

/** What one wants to see when one begins: the file, the goal, what to do next. */
export function beginLines(lab: Lab): ToneLine[] {
  const { id, title } = lab
  const goal = goalOf(lab)
  const task = fromHere(taskPath(lab).replace(repository, ''))
  return [
    [
      ['plain', id],
      ['quiet', `  ${title}`],
    ],
    ...(goal === '' ? [] : [[] as ToneLine, ...wrap(goal, 88).map((line): ToneLine => [['plain', `  ${line}`]])]),
    [],
    [
      ['quiet', '  write  '],
      ['good', fromHere(`labs/${id}/attempt.ts`)],
    ],
    [
      ['quiet', '  task   '],
      ['plain', task],
    ],
    [
      ['quiet', '  then   '],
      ['plain', `mini-docker lab watch ${id}`],
      ['quiet', '  grades whenever you save'],
    ],
    [
      ['quiet', '         '],
      ['plain', `mini-docker lab hint ${id}`],
    ],
  ]
}

export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}

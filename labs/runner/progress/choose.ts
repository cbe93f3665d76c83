/** Which lab is meant: by its id, by its last word where that is enough, by a path in it, or by how far one is. */

import { fail } from '#core/errors'
import { type Lab, labs } from '#labs/index'
import { isSolved, type Progress } from './progress.js'

/** @throws MiniDockerError NotFound, with what comes near; InvalidArgument when it is not one alone */
export function findLab(said: string): Lab {
  // what a shell completes: labs/ch1/enter-root/, labs/ch1/enter-root/attempt.ts
  const id = said.replace(/^(\.\/)?labs\//, '').replace(/\/(attempt\.ts)?$/, '')
  const exact = labs.find(lab => lab.id === id)
  if (exact !== undefined) return exact
  const named = labs.filter(lab => lab.id.endsWith(`/${id}`))
  if (named.length === 1) return named[0]!
  const what = `lab '${said}'`
  if (named.length > 1) {
    fail('InvalidArgument', { what, why: 'is not one alone', hint: named.map(lab => lab.id).join(', ') })
  }
  const near = nearTo(id)
  return fail('NotFound', {
    what,
    why: 'there is none of that name',
    hint: near.length === 0 ? 'mini-docker lab list' : `did you mean ${near.join(' or ')}?`,
  })
}

/** What begins alike, holds it, or is at most three letters away. */
function nearTo(said: string): string[] {
  const word = said.split('/').at(-1)!
  const distances = labs.map(({ id }) => {
    const name = id.split('/')[1]!
    const alike = word.length > 2 && (name.includes(word) || word.includes(name))
    return { id, distance: alike ? 0 : Math.min(distance(word, name), distance(said, id)) }
  })
  const near = distances.filter(({ distance }) => distance <= Math.min(3, Math.floor(word.length / 2)))
  return near
    .sort((a, b) => a.distance - b.distance)
    .map(({ id }) => id)
    .slice(0, 3)
}

/** Levenshtein's: letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

/** The first unsolved one behind that lab; then from the start. */
export function nextUnsolved(progress: Progress, after?: Lab): Lab | undefined {
  const from = after === undefined ? 0 : labs.indexOf(after) + 1
  return [...labs.slice(from), ...labs.slice(0, from)].find(lab => lab !== after && !isSolved(progress, lab))
}

export const currentLab = ({ current }: Progress): Lab | undefined => labs.find(({ id }) => id === current)

/** What commands work on that were given none: the current one, else the next unsolved. */
export function labOrCurrent(said: string | undefined, progress: () => Progress): Lab {
  if (said !== undefined) return findLab(said)
  const known = progress()
  return currentLab(known) ?? nextUnsolved(known) ?? labs[0]!
}

/** @throws MiniDockerError NotFound */
export function labsOfChapter(chapter: string): readonly Lab[] {
  const id = /^\d+$/.test(chapter) ? `ch${chapter}` : chapter
  const found = labs.filter(lab => lab.chapter === id)
  if (found.length > 0) return found
  const chapters = [...new Set(labs.map(lab => lab.chapter))]
  return fail('NotFound', { what: `labs of '${chapter}'`, why: 'there are none', hint: chapters.join(', ') })
}

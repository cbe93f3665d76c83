/** Verdicts: checks → what each chapter can do here. Pure, so that it can be tested with machines that nobody has. */

import type { ChapterEntry } from './chapters.js'
import type { Check } from './check.js'

export type Verdict = 'ok' | 'limited' | 'not here'

export interface ChapterVerdict {
  readonly id: string
  readonly title: string
  readonly written: boolean
  readonly verdict: Verdict
  /** Not here: why, in the words of the checks that it needs. */
  readonly why: readonly string[]
  /** Limited: what is lost. */
  readonly lost: readonly string[]
  /** Root could do more. */
  readonly rootCould: boolean
  /** The checks behind the verdict, by id. */
  readonly checks: readonly string[]
}

export function judge(chapter: ChapterEntry, checks: readonly Check[]): ChapterVerdict {
  const mine = checks.filter(check => check.chapters.includes(chapter.id) && check.status !== 'ok')
  const fatal = mine.filter(check => check.status === 'missing' && check.needed.includes(chapter.id))
  const verdict = fatal.length > 0 ? 'not here' : mine.length > 0 ? 'limited' : 'ok'
  // what could not be tried says nothing new: the check in its way is listed itself
  const told = (list: readonly Check[]): readonly Check[] => {
    const causes = list.filter(({ because }) => because === undefined)
    return causes.length > 0 ? causes : list
  }
  return {
    ...chapter,
    verdict,
    why: told(fatal).map(({ what, found }) => `${what}: ${found}`),
    lost: verdict === 'limited' ? [...new Set(mine.map(({ loses }) => loses))] : [],
    rootCould: mine.some(({ rootCould }) => rootCould === true),
    checks: mine.map(({ id }) => id),
  }
}

/**
 * 0 when all that is written can run at least in a limited way, else 1.
 * @param asked one chapter was asked for: then its verdict counts, written or not
 */
export function exitCodeFor(verdicts: readonly ChapterVerdict[], asked: boolean): 0 | 1 {
  return verdicts.some(({ written, verdict }) => (asked || written) && verdict === 'not here') ? 1 : 0
}

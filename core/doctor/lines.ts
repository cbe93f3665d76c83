/** The examination for people: lines with a tone, which core/cli/print.ts gives its colour. Pure. */

import type { Check, Status } from './check.js'
import type { ChapterVerdict, Verdict } from './verdict.js'

export type Tone = 'good' | 'poor' | 'bad' | 'quiet' | 'plain'

/** A line of pieces. */
export type ToneLine = readonly (readonly [tone: Tone, text: string])[]

const verdictTone: Readonly<Record<Verdict, Tone>> = { ok: 'good', limited: 'poor', 'not here': 'bad' }
const statusTone: Readonly<Record<Status, Tone>> = { ok: 'good', degraded: 'poor', missing: 'bad' }
const marks: Partial<Record<Tone, string>> = { good: '✓', poor: '!', bad: '✗' }
const mark = (tone: Tone): readonly [Tone, string] => [tone, `${marks[tone]} `]

/** A line for each chapter, below it what is behind its verdict; what an earlier chapter showed is not shown again. */
export function verdictLines(verdicts: readonly ChapterVerdict[], checks: readonly Check[]): ToneLine[] {
  const shownBy = new Map<string, string>()
  return verdicts.flatMap(verdict => {
    const mine = checks.filter(({ id, because }) => verdict.checks.includes(id) && because === undefined)
    const fresh = mine.filter(({ id }) => !shownBy.has(id))
    const earlier = new Set(mine.flatMap(({ id }) => shownBy.get(id) ?? []))
    for (const { id } of fresh) shownBy.set(id, verdict.id)
    return [
      chapterLine(verdict, earlier.size > 0 ? fresh.map(({ loses }) => loses) : verdict.lost, [...earlier]),
      ...fresh.flatMap(check => checkLines(check, '    ')),
    ]
  })
}

/** @param losses those that no earlier chapter has named; @param earlier the chapters that have shown some reasons */
function chapterLine(verdict: ChapterVerdict, losses: readonly string[], earlier: readonly string[]): ToneLine {
  const tone = verdictTone[verdict.verdict]
  const like = earlier.length > 0 ? `, like ${earlier.join(' and ')}` : ''
  const lost = verdict.verdict === 'limited' && losses.length > 0 ? `: without ${[...new Set(losses)].join('; ')}` : ''
  return [
    mark(tone),
    ['plain', `${verdict.id}  ${verdict.title.padEnd(10)}  `],
    [tone, verdict.verdict],
    ['plain', `${like}${lost}`],
    ['quiet', `${verdict.rootCould ? ' (root could do more)' : ''}${verdict.written ? '' : ' (not written yet)'}`],
  ]
}

/** Every check, with what was found. */
export const everyCheck = (checks: readonly Check[]): ToneLine[] => checks.flatMap(check => checkLines(check, ''))

function checkLines({ status, what, found, remedy }: Check, indent: string): ToneLine[] {
  const line: ToneLine = [['plain', indent], mark(statusTone[status]), ['plain', what], ['quiet', `: ${found}`]]
  return remedy === undefined ? [line] : [line, [['plain', `${indent}  → ${remedy}`]]]
}

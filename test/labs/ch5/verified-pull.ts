/** The grader of ch5/verified-pull: answers of registries, good ones and others, to who has some of a blob already. */

import type { Piece } from '#chapters/ch5-registry/client/transfer/after-piece'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { answerOf, ask, differ } from '../support/answers.js'
import { firstFailure } from '../support/plan-rows.js'
import { cutOff, goesBackToItsBeginning, refusesAnother } from './verified-pull-effects.js'

interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly have: number
  readonly right: Piece['kind']
}
const size = 5000
const told = (status: number, headers: Told['headers'], have: number, right: Piece['kind']): Told => ({
  status,
  headers,
  have,
  right,
})
const length = (bytes: number | string): Told['headers'] => ({ 'content-length': String(bytes) })
const range = (text: string, more: Told['headers'] = {}): Told['headers'] => ({ 'content-range': text, ...more })
type Answers = Readonly<Record<string, Told>>

const whole: Answers = {
  'nothing is here, and 200 brings all 5000 bytes': told(200, length(5000), 0, 'append'),
  'nothing is here, and 200 does not say how much it brings': told(200, {}, 0, 'append'),
}
const onwards: Answers = {
  '2000 are here, and 206 goes on with 2000-4999/5000': told(206, range('bytes 2000-4999/5000'), 2000, 'append'),
  '2000 are here, and 206 goes on with 2000-2999/5000 for now': told(
    206,
    range('bytes 2000-2999/5000'),
    2000,
    'append',
  ),
  '2000 are here, and 206 goes on with 2000-4999/*': told(206, range('bytes 2000-4999/*'), 2000, 'append'),
  '2000 are here, and 206 says its own length of 3000': told(
    206,
    range('bytes 2000-4999/5000', length(3000)),
    2000,
    'append',
  ),
  'one is here, and 206 goes on with 1-4999/5000': told(206, range('bytes 1-4999/5000'), 1, 'append'),
  'nothing is here, and 206 brings 0-4999/5000': told(206, range('bytes 0-4999/5000'), 0, 'append'),
}
const again: Answers = {
  '2000 are here, and 200 brings all 5000': told(200, length(5000), 2000, 'restart'),
  '2000 are here, and 200 does not say how much it brings': told(200, {}, 2000, 'restart'),
  'one is here, and 200 brings all 5000': told(200, length(5000), 1, 'restart'),
}
const elsewhere: Answers = {
  '2000 are here, and 206 brings 0-4999/5000': told(206, range('bytes 0-4999/5000'), 2000, 'refuse'),
  '2000 are here, and 206 brings 1999-4999/5000': told(206, range('bytes 1999-4999/5000'), 2000, 'refuse'),
  '2000 are here, and 206 brings 2001-4999/5000': told(206, range('bytes 2001-4999/5000'), 2000, 'refuse'),
  '2000 are here, and 206 does not say from where': told(206, length(3000), 2000, 'refuse'),
  '2000 are here, and 206 says nonsense of it': told(206, range('bytes=2000-'), 2000, 'refuse'),
}
const another: Answers = {
  'nothing is here, and 200 brings 4999': told(200, length(4999), 0, 'refuse'),
  'nothing is here, and 200 brings 5001': told(200, length(5001), 0, 'refuse'),
  '2000 are here, and 200 brings 3000': told(200, length(3000), 2000, 'refuse'),
  'nothing is here, and 200 brings 0': told(200, length(0), 0, 'refuse'),
  '2000 are here, and 206 goes on with 2000-5999/6000': told(206, range('bytes 2000-5999/6000'), 2000, 'refuse'),
  '2000 are here, and 206 goes on with 2000-4998/4999': told(206, range('bytes 2000-4998/4999'), 2000, 'refuse'),
}
const past: Answers = {
  '5000 are here, and 416 says that there is no more': told(416, {}, 5000, 'discard'),
  'one is here, and 416 says that there is no more': told(416, range('bytes */0'), 1, 'discard'),
}
const others: Answers = {
  'nothing is here, and 416': told(416, {}, 0, 'refuse'),
  '2000 are here, and 404': told(404, length(5000), 2000, 'refuse'),
  'nothing is here, and 204': told(204, {}, 0, 'refuse'),
  'nothing is here, and 203': told(203, length(5000), 0, 'refuse'),
  '2000 are here, and 207': told(207, range('bytes 2000-4999/5000'), 2000, 'refuse'),
  'nothing is here, and 500': told(500, length(5000), 0, 'refuse'),
}
const all: Answers = { ...whole, ...onwards, ...again, ...elsewhere, ...another, ...past, ...others }

const meaning: Readonly<Record<Piece['kind'], string>> = {
  append: 'it is put behind what is here',
  restart: 'what is here goes, and it is put in its place',
  discard: 'what is here goes, and it is asked for anew',
  refuse: 'it is refused',
}
/** Beside its own answers one that has to be taken: who refuses everything is safe, and no use. */
const judge =
  (answers: Answers) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(
      ['nothing is here, and 200 brings all 5000 bytes', 'nothing is here, and 500', ...Object.keys(answers)],
      name => {
        const { right } = all[name]!
        const found = answerOf<Piece>(evidence, name)
        if (found.kind !== right) return differ(`${name}: ${meaning[right]}`, `${name}: ${meaning[found.kind]}`)
        return found.kind === 'refuse' && found.why.trim() === ''
          ? differ(`${name}: it is said why not`, `${name}: why is empty`)
          : null
      },
    )

export const grader: Grader = {
  lab: 'ch5/verified-pull',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries(
    Object.entries(all).map(([name, { status, headers, have }]) => [
      name,
      ask('pieceOf', { status, headers }, have, size),
    ]),
  ),
  checks: [
    {
      id: 'all-of-it',
      rung: 'plan',
      title: 'where nothing is here, all of it is taken',
      points: 1,
      judge: judge(whole),
    },
    {
      id: 'goes-on',
      rung: 'plan',
      title: 'a part that begins where we are is put behind what is here',
      points: 1,
      judge: judge(onwards),
    },
    {
      id: 'from-its-beginning',
      rung: 'plan',
      title: 'all of it, where a part was asked for, takes the place of what is here',
      points: 1,
      judge: judge(again),
    },
    {
      id: 'from-elsewhere',
      rung: 'plan',
      title: 'a part that begins anywhere else is refused',
      points: 1,
      judge: judge(elsewhere),
    },
    {
      id: 'of-another-size',
      rung: 'plan',
      title: 'what says that it is longer or shorter than the descriptor says is refused, before a byte is taken',
      points: 1,
      judge: judge(another),
    },
    {
      id: 'past-its-end',
      rung: 'plan',
      title: 'what lies past the end of the blob is no beginning of it',
      points: 1,
      judge: judge(past),
    },
    { id: 'no-blob', rung: 'plan', title: 'no other answer brings a blob', points: 1, judge: judge(others) },
    {
      id: 'cut-and-gone-on',
      rung: 'effect',
      title: 'a layer that is cut off is gone on with, and is whole in the end',
      points: 1,
      needs: [],
      judge: room => survived(() => cutOff(room)),
    },
    {
      id: 'without-ranges',
      rung: 'effect',
      title: 'so it is at a registry that begins anew each time',
      points: 1,
      needs: [],
      judge: room => survived(() => goesBackToItsBeginning(room)),
    },
    {
      id: 'nothing-of-another',
      rung: 'effect',
      title: 'a part from elsewhere in the blob is not taken: the pull ends, and nothing is kept under its name',
      points: 1,
      needs: [],
      judge: room => survived(() => refusesAnother(room)),
    },
  ],
}

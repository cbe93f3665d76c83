/** The grader of ch5/chunked-push: where an upload is, what the registry says, and where it is then. */

import type { Upload, Wish } from '#chapters/ch5-registry/client/transfer/upload'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { answerOf, ask, differ } from '../support/answers.js'
import { firstFailure } from '../support/plan-rows.js'
import { cutAndGoneOn, takesLess } from './chunked-push-effects.js'

const wish: Wish = {
  path: 'team/app',
  digest: `sha256:${'5'.repeat(64)}`,
  size: 10_000,
  from: ['team/base', 'team/other'],
  whole: 1000,
  chunk: 4000,
}
const [one, two] = [
  'https://r.example/v2/team/app/blobs/uploads/1?a=b',
  'https://r.example/v2/team/app/blobs/uploads/1?a=c',
]

interface Turn {
  readonly wish?: Partial<Wish>
  readonly from: Upload
  /** null: cut off. */
  readonly answer: readonly [status: number, headers?: Readonly<Record<string, string>>] | null
  readonly to: Upload
}
type Turns = Readonly<Record<string, Turn>>
const turn = (from: Upload, answer: Turn['answer'], to: Upload, own: Partial<Wish> = {}): Turn => ({
  from,
  answer,
  to,
  wish: own,
})

const look = (restarts = 0): Upload => ({ at: 'look', restarts })
const begin = (mounts: readonly string[], restarts = 0): Upload => ({ at: 'begin', restarts, mounts })
const chunk = (offset: number, location = one, least = 0, restarts = 0): Upload => ({
  at: 'chunk',
  restarts,
  location,
  offset,
  least,
})
const at = (where: 'whole' | 'ask' | 'finish', location = one, restarts = 0): Upload => ({
  at: where,
  restarts,
  location,
})
const pushed: Upload = { at: 'done', how: 'pushed' }
const failed: Upload = { at: 'failed', why: '' }
const accepted = { location: one }

const looks: Turns = {
  'the blob is there already (200)': turn(look(), [200], { at: 'done', how: 'exists' }),
  'it is not there (404)': turn(look(), [404], begin(wish.from)),
  'it is not there, at a second start': turn(look(2), [404], begin(wish.from, 2)),
  'nobody may look (403)': turn(look(), [403], failed),
}
const mounts: Turns = {
  'it was mounted from another repository (201)': turn(begin(wish.from), [201], {
    at: 'done',
    how: 'mounted',
    from: 'team/base',
  }),
  'it was not mounted, and an upload has begun (202)': turn(begin(wish.from), [202, accepted], chunk(0)),
  'the first repository may not be read (403)': turn(begin(wish.from), [403], begin(['team/other'])),
  'the last repository may not be read (403)': turn(begin(['team/other'], 1), [403], begin([], 1)),
  'it was mounted from the last repository (201)': turn(begin(['team/other']), [201], {
    at: 'done',
    how: 'mounted',
    from: 'team/other',
  }),
  'nothing may be pushed (403), and a place is named': turn(begin([]), [403, accepted], failed),
  'nothing may be pushed (403)': turn(begin([]), [403], failed),
  'a mount that nobody asked for (201)': turn(begin([]), [201], failed),
  'an upload has begun nowhere (202)': turn(begin([]), [202], failed),
}
const begins: Turns = {
  'a large blob goes in chunks': turn(begin([]), [202, accepted], chunk(0)),
  'a small one goes whole': turn(begin([], 1), [202, accepted], at('whole', one, 1), { size: 1000 }),
  'the registry wants larger chunks': turn(
    begin([], 1),
    [202, { ...accepted, 'oci-chunk-min-length': '6000' }],
    chunk(0, one, 6000, 1),
  ),
}
const goesOn: Turns = {
  'a chunk was taken (202, Range 0-3999)': turn(chunk(0), [202, { range: '0-3999', location: two }], chunk(4000, two)),
  'the next was taken, at the same place (202, Range 0-7999)': turn(
    chunk(4000, one, 0, 1),
    [202, { range: '0-7999' }],
    chunk(8000, one, 0, 1),
  ),
  'a chunk was taken, and nothing said of where (202)': turn(chunk(0), [202, { location: two }], chunk(4000, two)),
  'a large chunk was taken, as the registry wants them': turn(
    chunk(0, one, 6000),
    [202, { range: '0-5999' }],
    chunk(6000, one, 6000),
  ),
  'the last chunk was taken (202, Range 0-9999)': turn(
    chunk(8000, one, 0, 2),
    [202, { range: '0-9999', location: two }],
    at('finish', two, 2),
  ),
  'the last chunk was taken (204)': turn(chunk(8000), [204, {}], at('finish')),
  'all of it is there, and is named (201)': turn(at('finish'), [201], pushed),
  'all of it is there, and is named (204)': turn(at('finish'), [204], pushed),
  'a small blob is there (201)': turn(at('whole'), [201], pushed, { size: 1000 }),
  'a small blob is there (204)': turn(at('whole'), [204], pushed, { size: 1000 }),
  'it is done already': turn(pushed, [500], pushed),
  'it has failed already': turn({ at: 'failed', why: 'as it was' }, null, failed),
}
const takesPart: Turns = {
  'of a chunk a half was taken (Range 0-1999)': turn(chunk(0), [202, { range: '0-1999' }], chunk(2000)),
  'of the second chunk a byte was taken (Range 0-4000)': turn(chunk(4000), [202, { range: '0-4000' }], chunk(4001)),
  'of a chunk two bytes were taken (Range 0-1)': turn(chunk(0), [202, { range: '0-1' }], chunk(2)),
}
const cut: Turns = {
  'cut off while it looks': turn(look(1), null, look(1)),
  'cut off while an upload begins': turn(begin(['team/other'], 1), null, begin(['team/other'], 1)),
  'cut off in a chunk': turn(chunk(4000, one, 0, 1), null, at('ask', one, 1)),
  'cut off while it asks': turn(at('ask', one, 1), null, at('ask', one, 1)),
  'cut off when it is to be named': turn(at('finish', one, 1), null, look(2)),
  'cut off in a small blob': turn(at('whole', one, 1), null, look(2), { size: 1000 }),
}
const asks: Turns = {
  'asked, it has 5000 (204, Range 0-4999)': turn(at('ask', one, 1), [204, { range: '0-4999' }], chunk(5000, one, 0, 1)),
  'asked, it has 5000, and has moved (200)': turn(
    at('ask'),
    [200, { range: '0-4999', location: two }],
    chunk(5000, two),
  ),
  'asked, it has nothing (204, Range 0-0)': turn(at('ask'), [204, { range: '0-0' }], chunk(0)),
  'asked, it says nothing of what it has (204)': turn(at('ask'), [204, {}], chunk(0)),
  'asked, it has all of it (204, Range 0-9999)': turn(at('ask'), [204, { range: '0-9999' }], at('finish')),
}
const lost: Turns = {
  'the upload is unknown (404), in a chunk': turn(chunk(4000, one, 0, 1), [404], look(2)),
  'the upload is unknown (404), when asked': turn(at('ask', one, 1), [404], look(2)),
  'the upload is unknown (404), when it is to be named': turn(at('finish', one, 1), [404], look(2)),
  'the upload is unknown (404), in a small blob': turn(at('whole', one, 1), [404], look(2)),
  'it is not where we think (416), in a chunk': turn(
    chunk(4000, one, 0, 1),
    [416, { location: two }],
    at('ask', two, 2),
  ),
  'it is not where we think (416), in the first chunk': turn(chunk(0, one, 0, 1), [416], look(2)),
  'it is not where we think (416), when asked': turn(at('ask', one, 1), [416], look(2)),
  'it is not where we think (416), when it is to be named': turn(at('finish', one, 1), [416], look(2)),
  'of a chunk nothing was taken (Range 0-3999, again)': turn(
    chunk(4000, one, 0, 1),
    [202, { range: '0-3999' }],
    look(2),
  ),
  'of the first chunk nothing was taken (Range 0-0)': turn(chunk(0, one, 0, 1), [202, { range: '0-0' }], look(2)),
}
const wrong: Turns = {
  'it has more than it was sent (Range 0-4000)': turn(chunk(0), [202, { range: '0-4000' }], failed),
  'it has more than there is (Range 0-10000)': turn(at('ask'), [204, { range: '0-10000' }], failed),
  'what it has does not begin at the beginning (Range 1-3999)': turn(chunk(0), [202, { range: '1-3999' }], failed),
  'what it has does not begin at the beginning (Range 1-4999), when asked': turn(
    at('ask'),
    [204, { range: '1-4999' }],
    failed,
  ),
  'a chunk is refused (400)': turn(chunk(0), [400], failed),
  'a chunk is refused (413)': turn(chunk(4000), [413], failed),
  'a redirect that leads nowhere (300)': turn(chunk(0), [300, { range: '0-3999' }], failed),
  'an answer that is none yet (199)': turn(at('ask'), [199, { range: '0-3999' }], failed),
  'the digest is another (400)': turn(at('finish'), [400], failed),
  'a small blob is refused (400)': turn(at('whole'), [400], failed),
  'asking is refused (403)': turn(at('ask'), [403], failed),
  'it lost the upload five times': turn(chunk(4000, one, 0, 5), [404], failed),
}
const all: Turns = { ...looks, ...mounts, ...begins, ...goesOn, ...takesPart, ...cut, ...asks, ...lost, ...wrong }

function shown(state: Upload): string {
  const more = Object.entries(state).filter(([key]) => !['at', 'why', 'least', 'how'].includes(key))
  const name = state.at === 'done' ? `done: ${state.how}` : state.at
  const text = more.map(
    ([key, value]) => `${key} ${key === 'location' ? (value === one ? 'one' : 'two') : JSON.stringify(value)}`,
  )
  return [name, ...text, ...('least' in state && state.least > 0 ? [`least ${state.least}`] : [])].join(', ')
}
const sameState = (found: Upload, right: Upload): boolean =>
  right.at === 'failed'
    ? found.at === 'failed'
    : found.at === right.at &&
      Object.entries(right).every(([key, value]) => JSON.stringify(found[key as never]) === JSON.stringify(value))

const judge =
  (turns: Turns) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(Object.keys(turns), name => {
      const found = answerOf<Upload>(evidence, name)
      const { to } = turns[name]!
      return sameState(found, to) ? null : differ(`${name}: then ${shown(to)}`, `${name}: then ${shown(found)}`)
    })

const plan = (id: string, title: string, turns: Turns) =>
  ({ id, rung: 'plan', title, points: 1, judge: judge(turns) }) as const

export const grader: Grader = {
  lab: 'ch5/chunked-push',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries(
    Object.entries(all).map(([name, { wish: own, from, answer }]) => [
      name,
      ask('afterUpload', { ...wish, ...own }, from, answer && { status: answer[0], headers: answer[1] ?? {} }),
    ]),
  ),
  checks: [
    plan('looks-first', 'what the registry has is not sent', looks),
    plan('mounts', 'what another repository has is mounted, and who may not read there pushes it', {
      ...mounts,
      ...begins,
    }),
    plan('chunk-by-chunk', 'each chunk begins behind the last, and the last one is followed by the name', goesOn),
    plan('takes-part', 'where a part of a chunk was taken, the rest is sent', takesPart),
    plan('asks-after-a-cut', 'after a cut the registry is asked what it has', cut),
    plan('goes-on-from-there', 'and what it says is where it goes on', asks),
    plan('begins-anew', 'an upload that is lost, or is not where it should be, begins anew', lost),
    plan('knows-when-to-end', 'what cannot be is no reason to go on', wrong),
    {
      id: 'cut-and-gone-on',
      rung: 'effect',
      title: 'a push that is cut off sends the rest, and not once more what is there',
      points: 1,
      needs: ['tar'],
      judge: room => survived(() => cutAndGoneOn(room)),
    },
    {
      id: 'a-registry-that-takes-less',
      rung: 'effect',
      title: 'a registry that takes half of each chunk has all of it in the end',
      points: 1,
      needs: ['tar'],
      judge: room => survived(() => takesLess(room)),
    },
  ],
}

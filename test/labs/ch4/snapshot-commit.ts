/**
 * The grader of ch4/snapshot-commit. It plays the steps on a disk that forgets what was not synced, and looks at what would be
 * there if the power went at the worst moment.
 */

import type { Commit, CommitStep } from '#chapters/ch4-images/snapshot/commit-steps'
import { recordFile } from '#chapters/ch4-images/snapshot/record-file'
import type { SnapshotRecord } from '#chapters/ch4-images/snapshot/records'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { answerOf, ask, differ } from '../support/answers.js'
import { firstFailure } from '../support/plan-rows.js'
import { imageIsThere, kernelIsAskedInOrder } from './snapshot-commit-effects.js'

const commit = (key: string, name: string, parent: string | null, directory: string, created: number): Commit => ({
  record: { version: 1, key, kind: 'active', parent, created, directory, below: parent === null ? [] : ['1', '2'] },
  name,
  temporary: `records/.commit-${directory}.4242`,
})
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`
const commits: Readonly<Record<string, Commit>> = {
  'a layer on another one': commit('unpack-17ab', digest('c'), digest('b'), '17', 1_790_000_000_000),
  'the lowest layer': commit('unpack-0001', digest('d'), null, '3', 1_790_000_000_001),
  "what a build's step wrote": commit('build-ff00', digest('e'), digest('a'), '204', 1_790_000_000_002),
}

interface Played {
  /** Where in the list, -1 for nowhere. */
  readonly appears: number
  readonly treeSynced: number
  readonly locked: number
  readonly looked: number
  readonly namesSynced: number
  readonly oldGone: number
  /** Of the record under its name: whether all of it was on the disk before the name was. */
  readonly whole: boolean
  readonly text: string | null
  /** Files in records, beside those that should be there. */
  readonly left: readonly string[]
}

function play(steps: readonly CommitStep[], { record, name }: Commit): Played {
  const [from, to] = [recordFile(record.key), recordFile(name)]
  const files = new Map([[from, { text: JSON.stringify(record), synced: true }]])
  const first = (matches: (step: CommitStep, index: number) => boolean): number => steps.findIndex(matches)
  let [appears, oldGone, whole] = [-1, -1, false]
  for (const [index, step] of steps.entries()) {
    if (step.do === 'write') files.set(step.path, { text: step.text, synced: false })
    if (step.do === 'sync' && files.has(step.path)) files.set(step.path, { ...files.get(step.path)!, synced: true })
    if (step.do === 'remove') files.delete(step.path)
    if (step.do === 'rename') {
      const moved = files.get(step.from)
      files.delete(step.from)
      if (moved !== undefined) files.set(step.to, moved)
    }
    if (appears < 0 && files.has(to)) [appears, whole] = [index, files.get(to)!.synced]
    if (oldGone < 0 && !files.has(from)) oldGone = index
  }
  return {
    appears,
    whole,
    oldGone,
    treeSynced: first(step => step.do === 'sync_tree' && step.path.replace(/\/$/, '') === `${record.directory}/fs`),
    locked: first(step => step.do === 'lock'),
    looked: first(step => step.do === 'expect_absent' && step.path === to),
    namesSynced: first((step, i) => i > appears && step.do === 'sync' && step.path.replace(/\/$/, '') === 'records'),
    text: files.get(to)?.text ?? null,
    left: [...files.keys()].filter(path => path !== to && path !== from),
  }
}

type Said = readonly [expected: string, found: string]
const each =
  (judge: (played: Played, steps: readonly CommitStep[], wanted: Commit) => Said | null) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(Object.keys(commits), name => {
      const steps = answerOf<CommitStep[]>(evidence, name)
      const wanted = commits[name]!
      const played = play(steps, wanted)
      const to = recordFile(wanted.name).replace(/(=....).*/, '$1….json')
      if (played.appears < 0) return differ(`a record in ${to}`, `${name}: there is none in the end`)
      const said = judge(played, steps, wanted)
      return said && differ(said[0], `${name}: ${said[1]}`)
    })

function judgeText({ text }: Played, _: readonly CommitStep[], { record, name }: Commit): Said | null {
  if (text === JSON.stringify(record)) return ['the key and the kind are new', 'it is the old record, word for word']
  let found: Readonly<Record<string, unknown>>
  try {
    found = JSON.parse(text ?? '') as typeof found
  } catch {
    return ['the record is JSON', `it is '${text?.slice(0, 40)}'`]
  }
  const right: SnapshotRecord = { ...record, key: name, kind: 'committed' }
  const wrong = Object.entries(right).find(([field, value]) => JSON.stringify(found[field]) !== JSON.stringify(value))
  if (wrong !== undefined)
    return [`its ${wrong[0]} is ${JSON.stringify(wrong[1])}`, `it is ${JSON.stringify(found[wrong[0]])}`]
  const more = Object.keys(found).find(field => !(field in right))
  return more === undefined ? null : ['no field more than before', `there is '${more}'`]
}

export const grader: Grader = {
  lab: 'ch4/snapshot-commit',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries(Object.entries(commits).map(([name, one]) => [name, ask('commitSteps', one)])),
  checks: [
    {
      id: 'files-before-the-record',
      rung: 'plan',
      title: 'all files are on the disk before a record says so',
      points: 1,
      judge: each(({ treeSynced, appears }) => {
        const expected = "sync_tree of the snapshot's fs, before its record is there"
        if (treeSynced < 0) return [expected, 'it never comes']
        return treeSynced < appears
          ? null
          : [expected, 'the record comes first: a power cut leaves it, and empty files']
      }),
    },
    {
      id: 'says-what-it-is',
      rung: 'plan',
      title: 'the record has the new name, the new kind, and all else as it was',
      points: 1,
      judge: each(judgeText),
    },
    {
      id: 'whole-or-not-there',
      rung: 'plan',
      title: 'whoever finds the record finds all of it',
      points: 2,
      judge: each(({ whole, appears }, steps) => {
        if (whole) return null
        const step = steps[appears]!
        const expected = 'written beside its place, synced, and then renamed'
        if (step.do === 'write') return [expected, 'it is written in its place: half of it may be found there']
        return [expected, 'it is renamed before it is synced: the name may stand for an empty file']
      }),
    },
    {
      id: 'there-for-good',
      rung: 'plan',
      title: 'when it is done, the name itself is on the disk',
      points: 1,
      judge: each(({ namesSynced, oldGone }) => {
        const expected = 'records is synced once the name is in it'
        if (namesSynced < 0) return [expected, 'after the last change of names nothing is synced']
        return oldGone >= 0 && oldGone < namesSynced
          ? [
              'the old record stays until the new name is on the disk',
              'it is removed before: a power cut may take both',
            ]
          : null
      }),
    },
    {
      id: 'key-is-free',
      rung: 'plan',
      title: 'the key is gone in the end, and nothing else is left',
      points: 1,
      judge: each(({ oldGone, left }) => {
        if (oldGone < 0) return ['no record under the key: nobody writes there any more', 'it is still there']
        return left.length === 0 ? null : ['one record, and no file beside it', `${left[0]} is left`]
      }),
    },
    {
      id: 'takes-no-name-over',
      rung: 'plan',
      title: 'it is known under the lock that nobody has the name',
      points: 1,
      judge: each(({ looked, locked, appears }) => {
        const expected = 'expect_absent of the new record, after the lock and before it is there'
        if (looked < 0) return [expected, 'nobody looks']
        if (looked > appears) return [expected, 'it is looked for when it is there: our own']
        return looked > locked ? null : [expected, 'it is looked for without the lock: another may come in between']
      }),
    },
    {
      id: 'lock-is-short',
      rung: 'plan',
      title: 'records change under the lock, and nobody waits for files',
      points: 1,
      judge: each(({ locked, treeSynced, appears, oldGone }, steps) => {
        if (locked < 0) return ['a lock', 'there is none']
        if (steps.filter(step => step.do === 'lock').length > 1)
          return ['one lock', 'it is taken twice: that waits for itself']
        if (treeSynced > locked) return ['sync_tree before the lock', 'everybody waits while all files are written']
        if (steps.some((step, i) => step.do === 'sync_tree' && i > locked)) {
          return ['sync_tree before the lock', 'there is another one under it']
        }
        return Math.min(appears, oldGone) > locked ? null : ['the lock before records change', 'it comes too late']
      }),
    },
    {
      id: 'image-is-there',
      rung: 'effect',
      title: 'an image is unpacked and runs, and only committed records are left',
      points: 1,
      needs: ['root', 'tar'],
      judge: room => survived(() => imageIsThere(room)),
    },
    {
      id: 'kernel-is-asked-in-order',
      rung: 'effect',
      title: 'the kernel is asked for fsync and rename in that order',
      points: 1,
      needs: ['root', 'tar', 'strace'],
      judge: room => survived(() => kernelIsAskedInOrder(room)),
    },
  ],
}

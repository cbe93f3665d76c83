/** The grader of ch4/chain-id. */

import { createHash, randomBytes } from 'node:crypto'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { type Room, survived } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'
import { answerOf, ask, differ } from '../support/answers.js'
import { firstFailure } from '../support/plan-rows.js'
import { build, contextOf, diffIdsOf, importImage, recordsThere, runImage } from '../support/room-images.js'

const sha256 = (text: string | Buffer): string => `sha256:${createHash('sha256').update(text).digest('hex')}`
const layer = (name: string): string => sha256(`layer ${name}`)
const [os, runtime, web, app, other] = ['os', 'runtime', 'web', 'app', 'other'].map(layer) as [
  string,
  string,
  string,
  string,
  string,
]
/** What image-spec says, written down a second time. */
const chainOf = (diffIds: readonly string[]): string[] =>
  diffIds.map((_, i) => diffIds.slice(0, i + 1).reduce((below, diffId) => sha256(`${below} ${diffId}`)))

const stacks: Readonly<Record<string, readonly string[]>> = {
  'no layer': [],
  'one layer': [os],
  'another one': [other],
  'two layers': [os, runtime],
  'the two the other way round': [runtime, os],
  'three layers': [os, runtime, web],
  'four layers': [os, runtime, web, app],
  'the same layer twice': [os, os],
  'the same web on another runtime': [os, other, web],
  'thirty layers': Array.from({ length: 30 }, () => sha256(randomBytes(16))),
}
const shown = (digest: string | undefined): string =>
  digest === undefined ? 'nothing' : digest.length > 24 ? `${digest.slice(0, 19)}…` : `'${digest}'`

/** What somebody did who got this: the message says so. */
function suspicion(found: string | undefined, diffIds: readonly string[], i: number): string {
  const [first, own, before] = [diffIds[0]!, diffIds[i]!, diffIds[i - 1]]
  const below = chainOf(diffIds)[i - 1]
  const hex = (digest = ''): string => digest.slice('sha256:'.length)
  const known: readonly (readonly [string, string])[] = [
    [own, "the layer's own diff ID"],
    [sha256(own), 'the digest of its diff ID'],
    [sha256(`${below}${own}`), 'the two without the blank between them'],
    [sha256(`${own} ${below}`), 'the two the other way round'],
    [sha256(`${below} ${own}\n`), 'the two with a newline at the end'],
    [sha256(`${hex(below)} ${hex(own)}`), 'the digits alone, without sha256:'],
    [sha256(`${before} ${own}`), "the diff ID of the layer below, not that one's chain ID"],
    [sha256(diffIds.slice(0, i + 1).join(' ')), 'all diff IDs in one text'],
    [sha256(`${sha256(first)} ${own}`), 'the lowest one as the digest of its diff ID'],
  ]
  const match = known.find(([digest]) => digest === found)
  return match === undefined ? '' : `: that is ${match[1]}`
}

const judge =
  (...names: readonly string[]) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(names, name => {
      const diffIds = stacks[name]!
      const found = answerOf<string[]>(evidence, name)
      const right = chainOf(diffIds)
      const wrong = right.findIndex((digest, i) => found[i] !== digest)
      if (wrong < 0) return null
      const suspected = suspicion(found[wrong], diffIds, wrong)
      return differ(
        `${name}: number ${wrong} is ${shown(right[wrong])}`,
        `${name}: it is ${shown(found[wrong])}${suspected}`,
      )
    })

/** A base, and an image of two layers on top of it, which has been run. */
function stackUp(room: Room, base: string): { readonly diffIds: readonly string[]; readonly failure: Failure | null } {
  const [top, word] = [`top-${room.nonce()}`, room.nonce()]
  build(room, top, contextOf(room, { Dockerfile: `FROM ${base}\nCOPY a /a\nCOPY b /b\n`, a: room.nonce(), b: word }))
  const ran = runImage(room, top, 'cat /b')
  const failure = ran.stdout === word ? null : differ('an image of three layers runs', said(ran))
  return { diffIds: diffIdsOf(room, top), failure }
}
const committed = (): string[] => recordsThere().flatMap(({ kind, key }) => (kind === 'committed' ? [key] : []))

function namesSnapshots(room: Room): Failure | null {
  const base = `base-${room.nonce()}`
  importImage(room, base)
  const { diffIds, failure } = stackUp(room, base)
  if (failure !== null) return failure
  // sha256sum(1) and printf(1) say it, not we
  let below = diffIds[0]!
  for (const [i, diffId] of diffIds.entries()) {
    if (i > 0) {
      const { stdout } = room.start(['sh', '-c', 'printf "%s %s" "$1" "$2" | sha256sum', 'sh', below, diffId])
      below = `sha256:${stdout.slice(0, 64)}`
    }
    const there = committed()
    if (!there.includes(below)) {
      return differ(
        `a snapshot for layer ${i} of the image is called ${shown(below)}`,
        `there are ${there.map(shown).join(', ')}`,
      )
    }
  }
  return null
}

function sharesSnapshots(room: Room): Failure | null {
  const base = `base-${room.nonce()}`
  importImage(room, base, { '/nonce': room.nonce() })
  const before = committed().length
  for (const { failure } of [stackUp(room, base), stackUp(room, base)]) if (failure !== null) return failure
  const made = committed().length - before
  return made === 4
    ? null
    : differ('two images of two layers on one base: four new snapshots, and the base once', `${made} new ones`)
}

export const grader: Grader = {
  lab: 'ch4/chain-id',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries(Object.entries(stacks).map(([name, diffIds]) => [name, ask('chainIds', diffIds)])),
  checks: [
    {
      id: 'a-name-for-each',
      rung: 'plan',
      title: 'every layer gets a name: that of the stack up to it',
      points: 1,
      judge: evidence =>
        firstFailure(Object.keys(stacks), name => {
          const [found, right] = [answerOf<string[]>(evidence, name).length, stacks[name]!.length]
          return found === right ? null : differ(`${name}: ${right} chain IDs`, `${name}: ${found}`)
        }),
    },
    {
      id: 'lowest-as-it-is',
      rung: 'plan',
      title: "the lowest layer's chain ID is its diff ID",
      points: 1,
      judge: judge('one layer', 'another one'),
    },
    {
      id: 'on-what-is-below',
      rung: 'plan',
      title: 'two layers are named after the lower one, a blank, and the upper one',
      points: 2,
      judge: judge('two layers', 'the two the other way round'),
    },
    {
      id: 'all-the-way-up',
      rung: 'plan',
      title: 'each further layer is named after the whole stack below it',
      points: 3,
      judge: judge(...Object.keys(stacks)),
    },
    {
      id: 'names-snapshots',
      rung: 'effect',
      title: "an image's snapshots have the names that sha256sum(1) gives them",
      points: 2,
      needs: ['root', 'tar', 'sha256sum'],
      judge: room => survived(() => namesSnapshots(room)),
    },
    {
      id: 'shares-snapshots',
      rung: 'effect',
      title: 'two images on one base have the snapshot of the base in common',
      points: 1,
      needs: ['root', 'tar'],
      judge: room => survived(() => sharesSnapshots(room)),
    },
  ],
}

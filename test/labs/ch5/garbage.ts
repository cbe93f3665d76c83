/** The grader of ch5/garbage: what a repository has, and what may go. */

import type { Garbage, RepositoryFacts, RevisionFacts } from '#chapters/ch5-registry/server/gc/decide'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { answerOf, ask, differ } from '../support/answers.js'
import { firstFailure } from '../support/plan-rows.js'
import { removesThatAlone } from './garbage-effects.js'

type Digest = RevisionFacts['digest']
/** Readable in the grader, a digest for everybody else. */
const d = (name: string): Digest => `sha256:${Buffer.from(name.padEnd(32, '.')).toString('hex')}`
const nameOf = (digest: string): string =>
  Buffer.from(digest.slice('sha256:'.length), 'hex').toString().replace(/\.+$/, '')

interface Case {
  readonly revisions: readonly RevisionFacts[]
  readonly tagged: readonly string[]
  readonly layers: readonly string[]
  readonly untagged: boolean
  /** What is left: manifests, and links. */
  readonly left: readonly string[]
}
const image = (name: string, blobs: readonly string[], subject: string | null = null): RevisionFacts => ({
  digest: d(name),
  blobs: blobs.map(d),
  manifests: [],
  subject: subject === null ? null : d(subject),
})
const index = (name: string, ...manifests: readonly string[]): RevisionFacts => ({
  ...image(name, []),
  manifests: manifests.map(d),
})
type Cases = Readonly<Record<string, Case>>

const old = image('old', ['old-config', 'base'])
const web = image('web', ['web-config', 'base', 'top'])
const layers = ['web-config', 'old-config', 'base', 'top']
const kept: Cases = {
  'one image with a tag': {
    revisions: [web],
    tagged: ['web'],
    layers: layers.filter(one => one !== 'old-config'),
    untagged: true,
    left: ['web', 'web-config', 'base', 'top'],
  },
  'two images with tags, which share a layer': {
    revisions: [old, web],
    tagged: ['web', 'old'],
    layers,
    untagged: true,
    left: ['old', 'web', ...layers],
  },
  'nothing at all': { revisions: [], tagged: [], layers: [], untagged: true, left: [] },
}
const links: Cases = {
  'a layer that no image has': {
    revisions: [web],
    tagged: ['web'],
    layers: [...layers, 'stray'],
    untagged: false,
    left: ['web', 'web-config', 'base', 'top'],
  },
  'layers alone, of a push that was never finished': {
    revisions: [],
    tagged: [],
    layers: ['base', 'top'],
    untagged: false,
    left: [],
  },
  'a layer that an image has and that is not linked': {
    revisions: [web],
    tagged: ['web'],
    layers: ['base'],
    untagged: false,
    left: ['web', 'base'],
  },
}
const untagged: Cases = {
  'an image without a tag, where those are kept': {
    revisions: [old, web],
    tagged: ['web'],
    layers,
    untagged: false,
    left: ['old', 'web', ...layers],
  },
  'an image without a tag, where those go': {
    revisions: [old, web],
    tagged: ['web'],
    layers,
    untagged: true,
    left: ['web', 'web-config', 'base', 'top'],
  },
  'no tag at all, where those go': { revisions: [old, web], tagged: [], layers, untagged: true, left: [] },
}
const indexes: Cases = {
  'an index with a tag, and its images': {
    revisions: [index('all', 'web', 'old'), old, web],
    tagged: ['all'],
    layers,
    untagged: true,
    left: ['all', 'old', 'web', ...layers],
  },
  'an index in an index': {
    revisions: [web, index('all', 'some'), index('some', 'web'), old],
    tagged: ['all'],
    layers,
    untagged: true,
    left: ['all', 'some', 'web', 'web-config', 'base', 'top'],
  },
  'an index without a tag': {
    revisions: [index('all', 'web', 'old'), old, web],
    tagged: ['web'],
    layers,
    untagged: true,
    left: ['web', 'web-config', 'base', 'top'],
  },
  'an index that names what is not here': {
    revisions: [index('all', 'web', 'gone'), web],
    tagged: ['all'],
    layers: ['base'],
    untagged: true,
    left: ['all', 'web', 'base'],
  },
  'two indexes that name each other': {
    revisions: [index('all', 'some'), index('some', 'all'), old],
    tagged: ['all'],
    layers,
    untagged: true,
    left: ['all', 'some'],
  },
}
const subjects: Cases = {
  'a signature of an image with a tag': {
    revisions: [web, image('signed', ['sig'], 'web')],
    tagged: ['web'],
    layers: ['base', 'sig'],
    untagged: true,
    left: ['web', 'signed', 'base', 'sig'],
  },
  'two about one image, and one about one of these': {
    revisions: [image('third', [], 'second'), image('first', ['sig'], 'web'), image('second', [], 'web'), web],
    tagged: ['web'],
    layers: ['sig'],
    untagged: true,
    left: ['third', 'first', 'second', 'web', 'sig'],
  },
  'a signature of an image without a tag': {
    revisions: [web, old, image('signed', ['sig'], 'old')],
    tagged: ['web'],
    layers: ['base', 'sig'],
    untagged: true,
    left: ['web', 'base'],
  },
  'a signature with a tag, of an image without': {
    revisions: [old, image('signed', ['sig'], 'old')],
    tagged: ['signed'],
    layers: ['base', 'sig'],
    untagged: true,
    left: ['signed', 'sig'],
  },
  'a signature of an image that is not here': {
    revisions: [web, image('signed', ['sig'], 'gone')],
    tagged: ['web'],
    layers: ['base', 'sig'],
    untagged: true,
    left: ['web', 'base'],
  },
}
const all: Cases = { ...kept, ...links, ...untagged, ...indexes, ...subjects }
const factsOf = ({ revisions, tagged, layers: own }: Case): RepositoryFacts => ({
  name: 'team/app',
  revisions,
  tagged: tagged.map(d),
  layers: own.map(d),
})

type Look = (found: Garbage, one: Case) => readonly [expected: string, found: string] | null

const wrongly: Look = (found, { revisions, layers: own, left }) => {
  const [goes, unlinked] = [found.revisions.map(one => nameOf(one.digest)), found.layers.map(nameOf)]
  for (const { digest } of revisions) {
    const name = nameOf(digest)
    if (left.includes(name) === goes.includes(name))
      return left.includes(name)
        ? [`the manifest '${name}' stays`, 'it goes']
        : [`the manifest '${name}' goes`, 'it stays']
  }
  for (const name of own) {
    if (left.includes(name) === unlinked.includes(name))
      return left.includes(name)
        ? [`the link to '${name}' stays`, 'it goes']
        : [`the link to '${name}' goes`, 'it stays']
  }
  const stranger = [...goes, ...unlinked].find(
    name => !own.includes(name) && !revisions.some(one => nameOf(one.digest) === name),
  )
  return stranger === undefined ? null : ['nothing goes that is not here', `'${stranger}' does`]
}
const told: Look = (found, one) => {
  const names = new Set(found.kept.map(nameOf))
  const lost = one.left.find(name => !names.has(name))
  if (lost !== undefined) return [`kept has '${lost}'`, 'it has not']
  const more = [...names].find(name => !one.left.includes(name))
  if (more !== undefined) return [`kept has nothing that goes`, `it has '${more}'`]
  for (const { digest, subject } of found.revisions) {
    const right = one.revisions.find(revision => revision.digest === digest)?.subject ?? null
    if (subject !== right) return [`'${nameOf(digest)}' has the subject ${right && nameOf(right)}`, `${subject}`]
  }
  return null
}
const judge =
  (cases: Cases, look: Look) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(Object.keys(cases), name => {
      const said = look(answerOf<Garbage>(evidence, name), cases[name]!)
      return said && differ(said[0], `${name}: ${said[1]}`)
    })
const plan = (id: string, title: string, points: number, cases: Cases, look: Look = wrongly) =>
  ({ id, rung: 'plan', title, points, judge: judge(cases, look) }) as const

export const grader: Grader = {
  lab: 'ch5/garbage',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries(
    Object.entries(all).map(([name, one]) => [name, ask('garbageOf', factsOf(one), one.untagged)]),
  ),
  checks: [
    plan('what-has-a-tag', 'what has a tag stays, with its config and its layers', 1, kept),
    plan('links-of-nobody', 'a link that no manifest needs goes', 1, links),
    plan('without-a-tag', 'what has no tag goes if it is to, with what it alone needs', 2, untagged),
    plan('through-an-index', 'what an index names stays with it, however deep', 2, indexes),
    plan('about-another', 'what is about something that stays, stays; and goes with it', 2, subjects),
    plan('says-what-stays', 'all that stays is told, and of what goes what it was about', 1, all, told),
    {
      id: 'removes-that-alone',
      rung: 'effect',
      title: 'of a real registry, gc with your part removes what has no tag, and nothing else',
      points: 1,
      needs: [],
      judge: room => survived(() => removesThatAlone(room)),
    },
  ],
}

/** The grader of ch5/parse-reference: short names and whole ones, and what is none. */

import { randomBytes } from 'node:crypto'
import type { Misread, Reference } from '#chapters/ch5-registry/reference/read'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { answerOf, ask, differ } from '../support/answers.js'
import { firstFailure } from '../support/plan-rows.js'
import { asksForIt, asksNobody } from './parse-reference-effects.js'

const digest = `sha256:${randomBytes(32).toString('hex')}`
const hex = digest.slice('sha256:'.length)
const ref = (domain: string, path: string, tag: string | null = 'latest', own: string | null = null): Reference => ({
  domain,
  path,
  tag,
  digest: own as Reference['digest'],
})
type Texts = Readonly<Record<string, Reference>>
type Bad = Readonly<Record<string, Misread['wrong']>>

const short: Texts = {
  alpine: ref('docker.io', 'library/alpine'),
  'grafana/grafana': ref('docker.io', 'grafana/grafana'),
  'a/b/c': ref('docker.io', 'a/b/c'),
  'docker.io/alpine': ref('docker.io', 'library/alpine'),
  'index.docker.io/alpine': ref('docker.io', 'library/alpine'),
  'index.docker.io/team/app': ref('docker.io', 'team/app'),
}
const hosts: Texts = {
  'quay.io/team/app': ref('quay.io', 'team/app'),
  'registry.example/app': ref('registry.example', 'app'),
  'localhost/app': ref('localhost', 'app'),
  'localhost:5000/app': ref('localhost:5000', 'app'),
  'registry:5000/app': ref('registry:5000', 'app'),
  'Registry/app': ref('Registry', 'app'),
  '127.0.0.1:5000/team/app': ref('127.0.0.1:5000', 'team/app'),
  '[::1]:5000/app': ref('[::1]:5000', 'app'),
  '[fe80::1]/app': ref('[fe80::1]', 'app'),
}
const noHosts: Texts = {
  'localhost2/app': ref('docker.io', 'localhost2/app'),
  'registry/app': ref('docker.io', 'registry/app'),
  'a_b/app': ref('docker.io', 'a_b/app'),
  'team/quay.io/app': ref('docker.io', 'team/quay.io/app'),
  'quay.io': ref('docker.io', 'library/quay.io'),
  localhost: ref('docker.io', 'library/localhost'),
}
const tags: Texts = {
  'alpine:3.20': ref('docker.io', 'library/alpine', '3.20'),
  'localhost:5000/app:1': ref('localhost:5000', 'app', '1'),
  'alpine:Edge_1.x-y': ref('docker.io', 'library/alpine', 'Edge_1.x-y'),
  'localhost:5000': ref('docker.io', 'library/localhost', '5000'),
  [`alpine:${'t'.repeat(128)}`]: ref('docker.io', 'library/alpine', 't'.repeat(128)),
}
const digests: Texts = {
  [`alpine@${digest}`]: ref('docker.io', 'library/alpine', null, digest),
  [`localhost:5000/app@${digest}`]: ref('localhost:5000', 'app', null, digest),
  [`alpine:3.20@${digest}`]: ref('docker.io', 'library/alpine', '3.20', digest),
  [`localhost:5000/team/app:1@${digest}`]: ref('localhost:5000', 'team/app', '1', digest),
}
const odd: Texts = {
  'a-b/c__d/e.f/g--h': ref('docker.io', 'a-b/c__d/e.f/g--h'),
  [`team/${hex}`]: ref('docker.io', `team/${hex}`),
  [`${hex.slice(1)}`]: ref('docker.io', `library/${hex.slice(1)}`),
  [`localhost/${'a'.repeat(245)}`]: ref('localhost', 'a'.repeat(245)),
}
const badParts: Bad = {
  'alpine:': 'tag',
  'alpine:-1': 'tag',
  'alpine:a:b': 'repository',
  [`alpine:${'t'.repeat(129)}`]: 'tag',
  'localhost:5000/app:': 'tag',
  'alpine@': 'digest',
  '@latest': 'digest',
  'alpine@sha256:1234': 'digest',
  [`alpine@${digest.toUpperCase()}`]: 'digest',
  [`alpine@md5:${hex}`]: 'digest',
  [`alpine@${hex}`]: 'digest',
  [`alpine@${digest}@${digest}`]: 'digest',
  [`alpine@${digest}:1`]: 'digest',
  '-a.example/app': 'host',
  'a..b/app': 'host',
  'localhost:port/app': 'host',
  '[::1/app': 'host',
  ':5000/app': 'host',
}
const badNames: Bad = {
  '': 'repository',
  '/app': 'repository',
  [`@${digest}`]: 'repository',
  'team/': 'repository',
  'team//app': 'repository',
  Alpine: 'repository',
  'team/App': 'repository',
  'team/../app': 'repository',
  'quay.io/../../etc': 'repository',
  'quay.io/.': 'repository',
  'a/-b': 'repository',
  'a/b_': 'repository',
  'a/b___c': 'repository',
  'a/b..c': 'repository',
  'my app': 'repository',
  'al\npine': 'repository',
  'alpine\n': 'repository',
  [hex]: 'id',
  [`${hex}:1`]: 'id',
  [`localhost/${'a'.repeat(246)}`]: 'length',
  ['a'.repeat(240)]: 'length',
}

const shown = (found: Reference | Misread): string =>
  'wrong' in found
    ? `nothing: wrong is its ${found.wrong}`
    : `host ${found.domain}, repository ${found.path}, tag ${found.tag}${found.digest === null ? '' : `, digest ${found.digest.slice(0, 12)}…`}`
const named = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 38)}…` : text)

const isThere =
  (texts: Texts) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(Object.keys(texts), text => {
      const found = answerOf<Reference | Misread>(evidence, text)
      const right = texts[text]!
      const isSame =
        !('wrong' in found) &&
        found.domain === right.domain &&
        found.path === right.path &&
        found.tag === right.tag &&
        found.digest === right.digest
      return isSame ? null : differ(`${named(text)} is ${shown(right)}`, `${named(text)} is ${shown(found)}`)
    })

const isRefused =
  (texts: Bad) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(Object.keys(texts), text => {
      const found = answerOf<Reference | Misread>(evidence, text)
      const right = texts[text]!
      const expected = `${named(text)} is no reference: wrong is its ${right}`
      if (!('wrong' in found) || found.wrong !== right) return differ(expected, `${named(text)} is ${shown(found)}`)
      const part = partOf[right](text)
      return found.text === part
        ? null
        : differ(`${expected}, ${named(part)}`, `${named(text)}: text is ${named(found.text)}`)
    })

/** What is shown to who wrote it. */
const partOf: Readonly<Record<Misread['wrong'], (text: string) => string>> = {
  digest: text => text.slice(text.indexOf('@') + 1),
  tag: text => text.slice(text.lastIndexOf(':') + 1),
  id: text => text.slice(0, 64),
  host: text => text.slice(0, text.indexOf('/')),
  length: text => text,
  repository: text => {
    if (text.startsWith('@')) return 'library/'
    if (text === 'alpine:a:b') return 'library/alpine:a'
    if (text.startsWith('quay.io/')) return text.slice('quay.io/'.length)
    return text.includes('/') ? text : `library/${text}`
  },
}

const good = { ...short, ...hosts, ...noHosts, ...tags, ...digests, ...odd }
const bad = { ...badParts, ...badNames }

export const grader: Grader = {
  lab: 'ch5/parse-reference',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries(
    [...Object.keys(good), ...Object.keys(bad)].map(text => [text, ask('readReference', text)]),
  ),
  checks: [
    {
      id: 'what-is-left-out',
      rung: 'plan',
      title: 'a short name is at docker.io, one of one word in library, and without a tag it is latest',
      points: 1,
      judge: isThere(short),
    },
    {
      id: 'a-host-first',
      rung: 'plan',
      title: 'a first word with a dot, a colon or a capital letter is a host, and so is localhost',
      points: 1,
      judge: isThere(hosts),
    },
    {
      id: 'no-host',
      rung: 'plan',
      title: 'any other first word is part of the repository',
      points: 1,
      judge: isThere(noHosts),
    },
    {
      id: 'tag-or-port',
      rung: 'plan',
      title: 'a colon after the last slash parts the tag, and any other a port',
      points: 1,
      judge: isThere(tags),
    },
    {
      id: 'digests',
      rung: 'plan',
      title: 'a digest says it all: no tag is added, and one that is written stays',
      points: 1,
      judge: isThere(digests),
    },
    {
      id: 'unusual-and-right',
      rung: 'plan',
      title: 'what looks odd and keeps the rules is a reference',
      points: 1,
      judge: isThere(odd),
    },
    {
      id: 'says-which-part',
      rung: 'plan',
      title: 'of a wrong tag, digest or host it is said that it is that',
      points: 1,
      judge: isRefused(badParts),
    },
    {
      id: 'no-name',
      rung: 'plan',
      title: 'what is no repository, an ID, or too long, goes no further',
      points: 1,
      judge: isRefused(badNames),
    },
    {
      id: 'asks-for-it',
      rung: 'effect',
      title: 'pull with your part asks the right host for the right manifest',
      points: 1,
      needs: [],
      judge: room => survived(() => asksForIt(room)),
    },
    {
      id: 'asks-nobody',
      rung: 'effect',
      title: 'pull of what is no reference asks nobody for anything',
      points: 1,
      needs: [],
      judge: room => survived(() => asksNobody(room)),
    },
  ],
}

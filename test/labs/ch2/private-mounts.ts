/** The grader of ch2/private-mounts. */

import * as fs from 'node:fs'
import { defaultNamespaces, defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { ch2, parts } from '#chapters/ch2-namespaces/index'
import { find } from '#core/plan/query'
import type { Step } from '#core/plan/step'
import type { NamespaceType, Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import { type Evidence, type Failure, type Grader, invariantCheck } from '#labs/runner/grade/grader'
import { runWhileMounting, unchanged } from '../support/host-mounts.js'
import { told } from '../support/view.js'

const facts = cannedFacts.v2
const examples = ch2.examples as Record<'container' | 'userns' | 'volumes' | 'uts-only', Spec>
const { process } = examples.container
const { linux: _, hostname: __, ...bare } = examples['uts-only']
const namespaces: readonly NamespaceType[] = [...defaultNamespaces, 'user']

/** With a volume that has these words among its options. */
const volume = (...words: readonly string[]): Spec =>
  defaultSpec(
    {
      rootfs: '/srv/rootfs',
      process,
      mounts: [{ destination: '/data', source: '/srv', options: ['rbind', ...words] }],
    },
    facts,
  )
const listening: Readonly<Record<string, Spec>> = Object.fromEntries(
  ['rslave', 'slave', 'rshared', 'shared'].map(word => [`${word} volume`, volume('ro', word)]),
)
const silent: Readonly<Record<string, Spec>> = {
  container: examples.container,
  userns: examples.userns,
  volumes: examples.volumes,
  'rprivate volume': volume('rprivate'),
}
const without: Readonly<Record<string, Spec>> = {
  'no mount namespace': defaultSpec(
    { rootfs: '/srv/rootfs', process, namespaces: namespaces.filter(type => type !== 'mount') },
    facts,
  ),
  'uts only': examples['uts-only'],
  'no namespaces': bare,
}
const specs = { ...silent, ...listening, ...without }

type Propagation = Extract<Step, { op: 'propagation' }>
interface Changed {
  readonly index: number
  readonly step: Propagation
}
const kinds = ['MS_PRIVATE', 'MS_SLAVE', 'MS_SHARED', 'MS_UNBINDABLE'] as const
const kindsOf = ({ step: { flags } }: Changed) => kinds.filter(kind => flags.includes(kind))

/** What the attempt changes at "/", in the order in which it happens. */
const changes = ({ plan }: Evidence, name: string): Changed[] =>
  find(plan(name), 'propagation').filter((found): found is Changed => found.step.by === 'lab.privateMounts')

/** The first of these cases that fails, with its propagation steps marked. */
const over =
  (
    group: Readonly<Record<string, Spec>>,
    judge: (changed: readonly Changed[], name: string, evidence: Evidence) => Omit<Failure, 'plan'> | null,
  ) =>
  (evidence: Evidence): Failure | null => {
    for (const name of Object.keys(group)) {
      const changed = changes(evidence, name)
      const failure = judge(changed, name, evidence)
      if (failure !== null) return { rows: changed.map(({ index }) => index), ...failure, plan: evidence.plan(name) }
    }
    return null
  }

export const grader: Grader = {
  lab: 'ch2/private-mounts',
  around: parts,
  cases: Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { spec, facts }])),
  about: ['propagation'],
  checks: [
    {
      id: 'cut-off-from-the-host',
      rung: 'plan',
      title: 'with a mount namespace of its own, nothing that is mounted at or below "/" gets out',
      points: 2,
      judge: over({ ...silent, ...listening }, (changed, name, { plan }) => {
        const expected = `in the case '${name}' the propagation of "/" is changed, so that no mount reaches the host`
        const last = changed.findLast(({ step }) => step.path === '/')
        if (last === undefined) {
          const [other] = changed
          return { expected, found: other === undefined ? 'no propagation step' : `that of "${other.step.path}" alone` }
        }
        const is = kindsOf(last)
        if (is.length !== 1)
          return { expected, found: `${is.join('|') || 'no type at all'}: mount(2) takes exactly one` }
        if (is[0] === 'MS_SHARED') return { expected, found: 'MS_SHARED: that is what lets mounts out' }
        if (is[0] === 'MS_UNBINDABLE')
          return { expected, found: 'MS_UNBINDABLE: the rootfs could not be bound any more' }
        if ((last.step.tolerate ?? []).length > 0)
          return { expected, found: 'it goes on when the kernel refuses: the mounts that follow would reach the host' }
        const own = find(plan(name), 'unshare.mount')[0]?.index ?? 0
        return last.index > own
          ? null
          : { expected, found: "it comes before unshare: the host's own mounts are changed, for the host and for all" }
      }),
    },
    {
      id: 'the-whole-tree',
      rung: 'plan',
      title: 'not only "/": every mount below it',
      points: 1,
      judge: over({ ...silent, ...listening }, (changed, name) => {
        const last = changed.findLast(({ step }) => step.path === '/')
        if (last?.step.flags.includes('MS_REC')) return null
        return {
          expected: `in the case '${name}' all mounts are cut off, those below "/" too: MS_REC`,
          found: `${last?.step.flags.join('|') ?? 'no step'}: /proc, /tmp, /home … stay as they were`,
        }
      }),
    },
    {
      id: 'only-its-own',
      rung: 'plan',
      title: 'without a mount namespace of its own, nothing is changed',
      points: 1,
      judge: over(without, (changed, name) =>
        changed.length === 0
          ? null
          : {
              expected: `in the case '${name}' there is no step: the mounts are the host's`,
              found: "a propagation step, which changes the host's own mounts",
            },
      ),
    },
    {
      id: 'private-by-default',
      rung: 'plan',
      title: 'where no volume listens, the host is not heard either',
      points: 1,
      judge: over(silent, (changed, name) => {
        const types = changed.flatMap(kindsOf)
        return types.at(-1) === 'MS_PRIVATE'
          ? null
          : {
              expected: `in the case '${name}' no volume asks to hear of the host: MS_PRIVATE`,
              found: `${types.at(-1) ?? 'no step'}: what the host mounts from now on would appear in the container`,
            }
      }),
    },
    {
      id: 'listens-when-asked',
      rung: 'plan',
      title: 'where a volume listens, mounts of the host still come in',
      points: 1,
      judge: over(listening, (changed, name) => {
        const types = changed.flatMap(kindsOf)
        return types.at(-1) === 'MS_SLAVE'
          ? null
          : {
              expected: `in the case '${name}' a volume asks to hear of the host: MS_SLAVE`,
              found: `${types.at(-1) ?? 'no step'}: ${types.at(-1) === 'MS_PRIVATE' ? 'a private mount has no master that it could be a slave of later' : 'no slave hears of its master by that'}`,
            }
      }),
    },
    invariantCheck('propagation-before-any-mount'),
    {
      id: 'host-sees-nothing',
      rung: 'effect',
      title: "the host's mount table is the same before and after",
      points: 1,
      needs: [],
      async judge(room) {
        const run = (...options: string[]) => [
          'ch2',
          'run',
          '--rootfs',
          room.rootfs(),
          ...options,
          '--',
          'sh',
          '-c',
          'cat /data/nonce || pwd',
        ]
        const data = `${room.scratch}/${room.nonce()}`
        const nonce = room.nonce()
        fs.mkdirSync(data)
        fs.writeFileSync(`${data}/nonce`, nonce)
        return (
          unchanged(room, run('-v', `${data}:/data`, '--tmpfs', '/cache'), ({ stdout }) => stdout === nonce) ??
          unchanged(room, run('--no-mount'), ({ stdout }) => stdout === '/\n')
        )
      },
    },
    {
      id: 'hears-of-the-host',
      rung: 'effect',
      title: 'what the host mounts below an rslave volume shows inside, and below any other volume does not',
      points: 1,
      needs: ['mount'],
      async judge(room) {
        for (const word of ['rslave', 'rprivate']) {
          const nonce = room.nonce()
          const ran = runWhileMounting(room, nonce, word)
          const wanted = word === 'rslave' ? nonce : 'nothing'
          if (ran.code === 0 && ran.stdout === wanted) continue
          return {
            expected: `a file system that the host mounts below an ${word} volume ${word === 'rslave' ? `shows inside: ${nonce}` : 'does not show inside'}`,
            found: told(ran),
          }
        }
        return null
      },
    },
  ],
}

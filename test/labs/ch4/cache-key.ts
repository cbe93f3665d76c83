/** The grader of ch4/cache-key: pairs of steps that must have one key, and pairs that must not. */

import type { Copied, Ground, StepSeen } from '#chapters/ch4-images/build/cache-key'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { answerOf, ask, differ } from '../support/answers.js'
import { findsWhatItKnows, noticesContent, noticesTheBase } from './cache-key-effects.js'

type Run = Extract<StepSeen, { kind: 'RUN' }>
type Copy = Extract<StepSeen, { kind: 'COPY' | 'ADD' }>
type Seen = readonly [ground: Ground, step: StepSeen]

const ground: Ground = { chainId: `sha256:${'a'.repeat(64)}`, platform: 'linux/amd64' }
const token = 'Zm9yLW5vYm9keQ'
const run: Run = {
  kind: 'RUN',
  args: ['/bin/sh', '-c', 'make all'],
  env: { PATH: '/bin', HOME: '/root' },
  buildArgs: { VERSION: '1' },
  proxies: { HTTP_PROXY: `http://me:${token}@proxy:3128` },
  cwd: '/srv',
  user: '',
  network: 'host',
  mounts: [{ type: 'bind', target: '/src', content: 'sha256:77', options: ['ro'] }],
}
const main: Copied = { path: 'main.js', kind: 'file', mode: 0o644, owner: '0:0', content: 'sha256:11', mtime: '1' }
const data: Copied = { path: 'data/x', kind: 'file', mode: 0o644, owner: '0:0', content: 'sha256:22', mtime: '2' }
const copy: Copy = { kind: 'COPY', target: '/srv/', files: [main, data] }

const running = (more: Partial<Run>, on: Partial<Ground> = {}): Seen => [
  { ...ground, ...on },
  { ...run, ...more },
]
const copying = (more: Partial<Copy>, on: Partial<Ground> = {}): Seen => [
  { ...ground, ...on },
  { ...copy, ...more },
]
const one = (more: Partial<Copied>): Seen => copying({ files: [{ ...main, ...more }] })

type Pairs = Readonly<Record<string, readonly [Seen, Seen]>>

const base: Pairs = {
  'RUN on another base': [running({}), running({}, { chainId: `sha256:${'b'.repeat(64)}` })],
  'COPY on another base': [copying({}), copying({}, { chainId: `sha256:${'b'.repeat(64)}` })],
  'COPY on nothing': [copying({}), copying({}, { chainId: null })],
  'WORKDIR on another base': [
    [ground, { kind: 'WORKDIR', path: '/srv', user: '' }],
    [
      { ...ground, chainId: null },
      { kind: 'WORKDIR', path: '/srv', user: '' },
    ],
  ],
  'for another platform': [running({}), running({}, { platform: 'linux/arm64' })],
}
const commands: Pairs = {
  'another command': [running({}), running({ args: ['/bin/sh', '-c', 'make test'] })],
  "['echo', 'a b'] and ['echo', 'a', 'b']": [running({ args: ['echo', 'a b'] }), running({ args: ['echo', 'a', 'b'] })],
  "['a,b'] and ['a', 'b']": [running({ args: ['a,b'] }), running({ args: ['a', 'b'] })],
  'other words in another order': [running({ args: ['cp', 'a', 'b'] }), running({ args: ['cp', 'b', 'a'] })],
  'another variable of ENV': [running({}), running({ env: { ...run.env, DEBUG: '1' } })],
  'another value of ENV': [running({}), running({ env: { ...run.env, HOME: '/home/me' } })],
  'another value of ARG': [running({}), running({ buildArgs: { VERSION: '2' } })],
  'ENV for an ARG': [running({ env: {}, buildArgs: { A: '1' } }), running({ env: { A: '1' }, buildArgs: {} })],
  'another directory': [running({}), running({ cwd: '/' })],
  'another user': [running({}), running({ user: 'node' })],
  'no network': [running({}), running({ network: 'none' })],
  'without the mount': [running({}), running({ mounts: [] })],
  'a mount that shows something else': [
    running({}),
    running({ mounts: [{ ...run.mounts[0]!, content: 'sha256:78' }] }),
  ],
  'a mount at another place': [running({}), running({ mounts: [{ ...run.mounts[0]!, target: '/lib' }] })],
  'another WORKDIR': [
    [ground, { kind: 'WORKDIR', path: '/srv', user: '' }],
    [ground, { kind: 'WORKDIR', path: '/opt', user: '' }],
  ],
  'a WORKDIR of another user': [
    [ground, { kind: 'WORKDIR', path: '/srv', user: '' }],
    [ground, { kind: 'WORKDIR', path: '/srv', user: 'node' }],
  ],
}
const files: Pairs = {
  'other content under the same name': [copying({}), copying({ files: [{ ...main, content: 'sha256:12' }, data] })],
  'the same content under another name': [one({}), one({ path: 'index.js' })],
  'two files that changed places': [
    copying({}),
    copying({
      files: [
        { ...main, content: data.content },
        { ...data, content: main.content },
      ],
    }),
  ],
  'a file that can be executed': [one({}), one({ mode: 0o755 })],
  'a file of another owner': [one({}), one({ owner: '1000:1000' })],
  'a link with that text': [one({ content: 'x' }), one({ kind: 'symlink', content: 'x' })],
  'a file with capabilities': [one({}), one({ xattrs: { 'security.capability': 'AQ==' } })],
  'two of one name, of which the later one counts': [
    copying({ files: [main, { ...main, content: data.content }] }),
    copying({ files: [{ ...main, content: data.content }, main] }),
  ],
  'a file more': [one({}), copying({})],
  'another target': [copying({}), copying({ target: '/opt/' })],
  'a target that is a file': [one({}), copying({ files: [main], target: '/srv' })],
  'ADD, which unpacks archives': [copying({}), copying({ kind: 'ADD' })],
}
const chance: Pairs = {
  'a file that was touched': [one({}), one({ mtime: '1700000000000000000' })],
  'a checkout a year later': [
    copying({}),
    copying({ files: [main, data].map(file => ({ ...file, mtime: `${file.mtime}000` })) }),
  ],
  'the files in another order': [copying({}), copying({ files: [data, main] })],
  'ENV in another order': [running({}), running({ env: { HOME: '/root', PATH: '/bin' } })],
  'ARGs in another order': [running({ buildArgs: { A: '1', B: '2' } }), running({ buildArgs: { B: '2', A: '1' } })],
  'the fields in another order': [running({}), [ground, Object.fromEntries(Object.entries(run).reverse()) as never]],
}
const proxies: Pairs = {
  'another proxy': [running({}), running({ proxies: { HTTP_PROXY: 'http://other:80' } })],
  'no proxy': [running({}), running({ proxies: {} })],
}

const all = { ...base, ...commands, ...files, ...chance, ...proxies }
const questionNames = (name: string): readonly [string, string] => [`${name}, before`, `${name}, after`]
const keysOf = (evidence: Evidence, name: string): readonly [string, string] => {
  const [before, after] = questionNames(name)
  return [answerOf<string>(evidence, before), answerOf<string>(evidence, after)]
}

const apart =
  (pairs: Pairs) =>
  (evidence: Evidence): Failure | null => {
    const name = Object.keys(pairs).find(pair => {
      const [before, after] = keysOf(evidence, pair)
      return before === after || before === ''
    })
    return name === undefined ? null : differ(`${name}: another layer, so another key`, `${name}: one key for both`)
  }

/** Also of who says the same for everything: two steps that differ are apart. */
const together =
  (pairs: Pairs) =>
  (evidence: Evidence): Failure | null => {
    const name = Object.keys(pairs).find(pair => {
      const [before, after] = keysOf(evidence, pair)
      return before !== after || before === ''
    })
    if (name !== undefined) return differ(`${name}: the same layer, so the same key`, `${name}: two keys`)
    const [command, other] = keysOf(evidence, 'another command')
    return command === other ? differ('two commands have two keys', 'everything has one key') : null
  }

export const grader: Grader = {
  lab: 'ch4/cache-key',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries(
    Object.entries(all).flatMap(([name, seen]) =>
      questionNames(name).map((question, i) => [question, ask('cacheKeyText', ...seen[i]!)] as const),
    ),
  ),
  checks: [
    {
      id: 'on-what-it-stands',
      rung: 'plan',
      title: 'the same step on another base is another step',
      points: 1,
      judge: apart(base),
    },
    {
      id: 'all-that-a-command-sees',
      rung: 'plan',
      title: 'whatever a command can see has a part in the key',
      points: 2,
      judge: apart(commands),
    },
    {
      id: 'all-that-is-copied',
      rung: 'plan',
      title: 'whatever of a file gets into the layer has a part in the key',
      points: 2,
      judge: apart(files),
    },
    {
      id: 'nothing-by-chance',
      rung: 'plan',
      title: 'times and orders that mean nothing do not',
      points: 1,
      judge: together(chance),
    },
    {
      id: 'no-trace-of-secrets',
      rung: 'plan',
      title: 'how the network is reached leaves no trace',
      points: 1,
      judge(evidence) {
        const told = Object.keys(proxies)
          .flatMap(name => keysOf(evidence, name))
          .find(text => text.includes(token))
        return told === undefined
          ? together(proxies)(evidence)
          : differ('a password is in no key', 'the text has the password of HTTP_PROXY in it')
      },
    },
    {
      id: 'found-again',
      rung: 'effect',
      title: 'a second build performs nothing, also when all files were touched',
      points: 1,
      needs: ['root'],
      judge: room => survived(() => findsWhatItKnows(room)),
    },
    {
      id: 'changed-is-made-anew',
      rung: 'effect',
      title: 'a changed file is in the new image, and what comes before it is found',
      points: 1,
      needs: ['root'],
      judge: room => survived(() => noticesContent(room)),
    },
    {
      id: 'another-base',
      rung: 'effect',
      title: 'the same RUN on another base makes a layer of its own',
      points: 1,
      needs: ['root', 'tar'],
      judge: room => survived(() => noticesTheBase(room)),
    },
  ],
}

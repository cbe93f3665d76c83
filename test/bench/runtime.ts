/**
 * The runtime beside the peers, each with the bundles that an engine gives it: what a whole life costs, what a question costs, and
 * whether the 501st container starts as fast as the first.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { defaultRules } from '#chapters/ch3-cgroups/limits/device-rules'
import { probeFacts, which } from '#core/sys/probe'
import { compare, median } from './measure.js'

const bin = fileURLToPath(new URL('../../mini-runc.cjs', import.meta.url))

interface Runtime {
  readonly name: string
  /** With a root of its own. */
  readonly argv: readonly string[]
}

function runtimes(scratch: string): Runtime[] {
  const peers = ['runc', 'crun'].flatMap(name => {
    const path = which(name)
    return path === null ? [] : [{ name: `\`${name}\``, argv: [path, '--root', `${scratch}/${name}-root`] }]
  })
  return [{ name: '`mini-runc`', argv: [process.execPath, bin, '--root', `${scratch}/mini-root`] }, ...peers]
}

export function runtimeCommands(rootfs: string, scratch: string, rounds: number): string[] {
  const all = runtimes(scratch)
  const bundle = writeBundle(rootfs, scratch, ['/bin/true'])
  return [...wholeLife(all, bundle, rounds), '', ...questions(all[0]!, rootfs, scratch, rounds)]
}

function wholeLife(all: readonly Runtime[], bundle: string, rounds: number): string[] {
  const figures = compare(
    [
      ...all.map(({ name, argv }) => ({ name, argv: [...argv, 'run', '-b', bundle, 'bench'] })),
      { name: '`node -e 0`, by itself', argv: [process.execPath, '-e', '0'] },
    ],
    rounds,
  )
  const peer = figures.find(({ name }) => name === '`runc`')
  if (peer === undefined) return ['runc is not here: the runtime was not measured']
  const row = ({ name, cpu, wall }: (typeof figures)[number]): string =>
    `| ${name} | ${(cpu / peer.cpu).toFixed(2)} | ${(wall / peer.wall).toFixed(2)} |`
  return ['| `run` of `/bin/true`, `runc` = 1 | CPU time | wall time |', '|---|---|---|', ...figures.map(row)]
}

/** What an engine asks all the time: hardly more than that a Node starts. */
function questions({ argv }: Runtime, rootfs: string, scratch: string, rounds: number): string[] {
  const id = 'asked'
  const quietly = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] }
  const say = (...words: readonly string[]): Buffer => execFileSync(argv[0]!, [...argv.slice(1), ...words], quietly)
  say('create', '-b', writeBundle(rootfs, scratch, ['/bin/sleep', '600']), id)
  try {
    const [base, ...figures] = compare(
      [
        { name: '`node -e 0`', argv: [process.execPath, '-e', '0'] },
        { name: '`mini-runc state`', argv: [...argv, 'state', id] },
        { name: '`mini-runc kill`', argv: [...argv, 'kill', id, '0'] },
      ],
      rounds,
    )
    const row = ({ name, cpu, wall }: (typeof figures)[number]): string =>
      `| ${name} | ${(cpu / base!.cpu).toFixed(2)} | ${(wall / base!.wall).toFixed(2)} |`
    return ['| a question, `node -e 0` = 1 | CPU time | wall time |', '|---|---|---|', ...figures.map(row)]
  } finally {
    say('delete', '-f', id)
  }
}

/** @param many how many are alive at last */
export function manyContainers(rootfs: string, scratch: string, many: number): string[] {
  const [{ argv }] = runtimes(scratch) as [Runtime]
  const bundle = writeBundle(rootfs, scratch, ['/bin/sleep', '600'])
  const output = fs.openSync('/dev/null', 'w')
  const say = (...words: readonly string[]): void =>
    void execFileSync(argv[0]!, [...argv.slice(1), ...words], { stdio: ['ignore', output, 'inherit'] })
  const once = (id: string): number => {
    const from = performance.now()
    say('run', '-d', '-b', bundle, id)
    return performance.now() - from
  }
  const ids: string[] = []
  const starts = (count: number): number => {
    const took = Array.from({ length: count }, () => {
      const id = `many-${ids.length}`
      ids.push(id)
      return once(id)
    })
    return median(took)
  }
  try {
    const first = starts(SAMPLE)
    while (ids.length < many) starts(1)
    const last = starts(SAMPLE)
    return [
      `With ${many} containers alive, one more starts in ${(last / first).toFixed(2)} times what the first ones took (medians of ${SAMPLE}).`,
    ]
  } finally {
    for (const id of ids) say('delete', '-f', id)
    fs.closeSync(output)
  }
}
const SAMPLE = 15

/** What an engine gives: all namespaces but user, limits, no cgroup of a common name. */
function writeBundle(rootfs: string, scratch: string, args: readonly string[]): string {
  const plain = defaultSpec(
    { rootfs, process: { args, env: ['PATH=/bin'], cwd: '/', user: { uid: 0, gid: 0 } }, hostname: 'bench' },
    probeFacts(),
  )
  const limit = 64 * 2 ** 20
  const resources = {
    cpu: { quota: 50_000, period: 100_000, shares: 512 },
    memory: { limit, swap: limit },
    pids: { limit: 20 },
    devices: defaultRules,
  }
  const config = {
    ...plain,
    ociVersion: '1.0.2', // the peers of Debian 12 know no newer one
    process: { ...plain.process, noNewPrivileges: false },
    linux: {
      ...plain.linux,
      namespaces: plain.linux?.namespaces?.filter(({ type }) => type !== 'time'),
      resources,
    },
  }
  const bundle = fs.mkdtempSync(`${scratch}/bundle-`)
  fs.writeFileSync(`${bundle}/config.json`, JSON.stringify(config))
  return bundle
}

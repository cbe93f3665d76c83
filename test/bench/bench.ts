/**
 * `npm run bench`: how fast, beside the peers, as ratios measured in one run. Absolute times say nothing about another
 * machine; the ratios are what the README quotes.
 *
 *   npm run bench [-- --rounds N] [--readme]     --readme: write the figures into README.md
 *
 * crun refuses a hybrid cgroup hierarchy: the measuring happens in a private mount namespace without the v2 half.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { parts as ch2Parts } from '#chapters/ch2-namespaces/index'
import { parentResource, sharedParents } from '#chapters/ch3-cgroups/cgroup/shared-parents'
import { parts as ch3Parts } from '#chapters/ch3-cgroups/index'
import { defaultRules } from '#chapters/ch3-cgroups/limits/device-rules'
import { passesOf } from '#core/chapter'
import { errnoOf } from '#core/errors'
import { beginMoving } from '#core/exec/cgroup'
import { drive } from '#core/exec/driver'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'
import { assemble } from '#core/plan/assemble'
import { lower } from '#core/plan/lower'
import { undo } from '#core/plan/undo'
import { ensureDefaultRootfs } from '#core/rootfs/default'
import type { Spec } from '#core/spec/runtime'
import { probeFacts, which } from '#core/sys/probe'
import { reap, spawn } from '#core/sys/spawn'
import { compare, median } from './measure.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    readme: { type: 'boolean', default: false },
    inner: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)

if (process.geteuid!() !== 0) {
  console.log('bench: needs root: skipped')
} else if (!values.inner) {
  const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"'
  const self = [
    process.execPath,
    fileURLToPath(import.meta.url),
    '--inner',
    '--rounds',
    values.rounds,
    ...(values.readme ? ['--readme'] : []),
  ]
  const { status } = spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', ...self], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} else {
  await bench()
}

async function bench(): Promise<void> {
  const scratch = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-bench.`)
  process.env.MINI_DOCKER_ROOT = `${scratch}/data`
  process.env.MINI_DOCKER_RUN = `${scratch}/run`
  try {
    const rootfs = ensureDefaultRootfs({ dataDir: `${scratch}/data` }).path
    const tables = [
      ...commandLine(rootfs),
      '',
      ...(await fromRunningNode(rootfs, scratch)),
      '',
      ...(await withLimits(rootfs, scratch)),
    ]
    const machine = `${os.cpus()[0]?.model}, Linux ${os.release()}, Node ${process.version}, medians of ${rounds} rounds`
    const text = [...tables, '', `Measured on ${new Date().toISOString().slice(0, 10)}: ${machine}.`].join('\n')
    console.log(text)
    if (values.readme) writeReadme(text)
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
    removeCgroups()
  }
}

/** The peers make the parents of their cgroups, and leave them. Only empty ones go: others may have theirs below them. */
function removeCgroups(): void {
  const hierarchies = fs.readdirSync('/sys/fs/cgroup').map(name => `/sys/fs/cgroup/${name}`)
  for (const path of hierarchies.flatMap(one => [`${one}/mini-docker/bench`, `${one}/mini-docker`])) {
    try {
      fs.rmdirSync(path)
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'EBUSY', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) throw error
    }
  }
}

function writeReadme(text: string): void {
  const path = fileURLToPath(new URL('../../../README.md', import.meta.url))
  const readme = fs.readFileSync(path, 'utf8')
  fs.writeFileSync(
    path,
    readme.replace(/<!-- bench -->[\s\S]*<!-- \/bench -->/, `<!-- bench -->\n${text}\n<!-- /bench -->`),
  )
}

/** The whole process, as a user starts it: CPU time against that of the barest Node. */
function commandLine(rootfs: string): string[] {
  const bin = fileURLToPath(new URL('../../mini-docker.cjs', import.meta.url))
  const run = (...words: readonly string[]): string[] => [
    process.execPath,
    bin,
    ...words,
    '--rootfs',
    rootfs,
    '--',
    '/bin/true',
  ]
  const figures = compare(
    [
      { name: '`node -e 0`', argv: [process.execPath, '-e', '0'] },
      { name: '`mini-docker ch1 run`', argv: run('ch1', 'run') },
      { name: '`mini-docker ch2 run`', argv: run('ch2', 'run') },
      { name: '`mini-docker ch3 run --memory 64m`', argv: run('ch3', 'run', '--memory', '64m') },
      { name: 'the same by koffi', argv: run('ch2', 'run', '--executor', 'koffi') },
    ],
    rounds,
  )
  const base = figures[0]!
  const row = ({ name, cpu }: { name: string; cpu: number }): string => `| ${name} | ${(cpu / base.cpu).toFixed(2)} |`
  return ['| a whole process, `/bin/true` | CPU time, Node = 1 |', '|---|---|', ...figures.map(row)]
}

interface Peer {
  readonly name: string
  readonly version: string
  start(id: string): Promise<void>
  end?(): void
}

/** One container made and reaped by a Node process that is there already: what a daemon pays. */
async function fromRunningNode(rootfs: string, scratch: string): Promise<string[]> {
  const facts = probeFacts()
  const process_ = { args: ['/bin/true'], env: ['PATH=/bin'], cwd: '/', user: { uid: 0, gid: 0 } }
  const spec = defaultSpec({ rootfs, process: process_, hostname: 'bench' }, facts)
  const bundle = writeBundle(spec, `${scratch}/bundle`)
  const peers: Peer[] = [ours(spec)]
  for (const [name, program, ...options] of [
    ['`crun run`, no cgroup', 'crun', '--cgroup-manager=disabled'],
    ['`crun run`', 'crun'],
    ['`runc run`', 'runc'],
  ] as const) {
    const path = which(program)
    if (path === null) console.log(`skipped peer: ${name}: ${program} is not installed`)
    else peers.push(peer(name, path, [...options, '--root', `${scratch}/${program}`, 'run', '-b', bundle]))
  }
  return inTurns('made and reaped by a running Node, all namespaces but user', peers)
}

/** The same with limits on processors, memory, processes and devices: made, joined, kept and removed. */
async function withLimits(rootfs: string, scratch: string): Promise<string[]> {
  const facts = probeFacts()
  const process_ = { args: ['/bin/true'], env: ['PATH=/bin'], cwd: '/', user: { uid: 0, gid: 0 } }
  const plain = defaultSpec({ rootfs, process: process_, hostname: 'bench' }, facts)
  const limit = 64 * 2 ** 20
  const resources = {
    cpu: { quota: 50_000, period: 100_000, shares: 512 },
    memory: { limit, swap: limit },
    pids: { limit: 20 },
    devices: defaultRules,
  }
  const spec = { ...plain, linux: { ...plain.linux, cgroupsPath: '/mini-docker/bench-ours', resources } }
  const bundle = writeBundle(spec, `${scratch}/limited`)
  const peers: Peer[] = [oursLimited(spec, `${scratch}/run`)]
  for (const program of ['crun', 'runc']) {
    const path = which(program)
    if (path !== null)
      peers.push(peer(`\`${program} run\``, path, ['--root', `${scratch}/${program}`, 'run', '-b', bundle]))
  }
  return inTurns('the same with limits on cpu, memory, pids and devices', peers)
}

async function inTurns(title: string, peers: readonly Peer[]): Promise<string[]> {
  const wall = new Map(peers.map(({ name }) => [name, [] as number[]]))
  for (let round = -3; round < rounds; round++) {
    for (const { name, start } of peers) {
      const from = performance.now()
      await start(`mini-docker-bench-${round + 3}`)
      if (round >= 0) wall.get(name)!.push(performance.now() - from)
    }
  }
  for (const { end } of peers) end?.()
  const base = median(wall.get(peers[0]!.name)!)
  const row = ({ name, version }: Peer): string =>
    `| ${name} | ${(median(wall.get(name)!) / base).toFixed(2)} | ${version} |`
  return [`| ${title} | wall time, ours = 1 | |`, '|---|---|---|', ...peers.map(row)]
}

function ours(spec: Spec): Peer {
  const facts = probeFacts()
  const executor = nativeExecutor(findStage()!)
  const { perform } = host('', facts)
  return {
    name: "mini-docker's native executor",
    version: 'planning included',
    async start() {
      const performance_ = executor.open({ fds: [0, 1, 2] })
      const outcome = await drive(lower(assemble(passesOf(ch2Parts), spec, facts)), performance_.channel, perform)
      await performance_.end()
      if (outcome.kind !== 'exited' || outcome.status !== 0) throw new Error(JSON.stringify(outcome))
    },
  }
}

/** The parents are there already, as they are for a daemon whose other containers run. */
function oursLimited(spec: Spec, run: string): Peer {
  const facts = probeFacts()
  const executor = nativeExecutor(findStage()!)
  const { perform, shared } = host(run, facts)
  const { resource, user } = parentResource(spec)!
  const make = () => sharedParents(spec, facts, fs.existsSync)
  const v1 = facts.hierarchies.find(({ version }) => version === 1)
  shared.acquire(resource, 'bench', () => null, make)
  return {
    name: "mini-docker's native executor, with limits",
    version: 'planning and removal included',
    async start() {
      if (v1 !== undefined) beginMoving(v1.own)
      shared.acquire(resource, user, () => null, make)
      const plan = assemble(passesOf(ch3Parts), spec, facts)
      const performance_ = executor.open({ fds: [0, 1, 2] })
      const outcome = await drive(lower(plan), performance_.channel, perform)
      await performance_.end()
      for (const step of undo(plan)) perform(step, {})
      if (outcome.kind !== 'exited' || outcome.status !== 0) throw new Error(JSON.stringify(outcome))
    },
    end: () => shared.release(resource, 'bench'),
  }
}

function peer(name: string, path: string, argv: readonly string[]): Peer {
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).split('\n')[0]!
  return {
    name,
    version,
    async start(id) {
      const status = await reap(spawn(path, [path, ...argv, id], ['PATH=/usr/bin:/bin'], [0, 1, 2]))
      if (status !== 0) throw new Error(`${name}: wait status ${status}`)
    },
  }
}

/** The same spec as a bundle, with what the peers insist on; their cgroups go below one of our own. */
function writeBundle(spec: Spec, directory: string): string {
  const config = {
    ...spec,
    ociVersion: '1.0.2', // the peers of Debian 12 know no newer one
    process: { ...spec.process, noNewPrivileges: false },
    linux: {
      ...spec.linux,
      namespaces: spec.linux?.namespaces?.filter(({ type }) => type !== 'time'),
      // its own, or two of a name would meet
      cgroupsPath: '/mini-docker/bench',
    },
  }
  fs.mkdirSync(directory, { recursive: true })
  fs.writeFileSync(`${directory}/config.json`, JSON.stringify(config))
  return directory
}

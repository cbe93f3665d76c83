/**
 * Containers made and reaped by a Node process that is there already: what a daemon pays, beside the peers, in turns.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { parts as ch2Parts } from '#chapters/ch2-namespaces/index'
import { parentResource, sharedParents } from '#chapters/ch3-cgroups/cgroup/shared-parents'
import { parts as ch3Parts } from '#chapters/ch3-cgroups/index'
import { defaultRules } from '#chapters/ch3-cgroups/limits/device-rules'
import { passesOf } from '#core/chapter'
import { beginMoving } from '#core/exec/cgroup'
import { drive } from '#core/exec/driver'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'
import { assemble } from '#core/plan/assemble'
import { lower } from '#core/plan/lower'
import { undo } from '#core/plan/undo'
import type { Spec } from '#core/spec/runtime'
import { probeFacts, which } from '#core/sys/probe'
import { reap, spawn } from '#core/sys/spawn'
import { sleep } from '#support/world'
import { median } from './measure.js'

/**
 * Before each start: moves into cgroups that follow each other within some milliseconds are cheap (core/exec/cgroup), and so
 * whoever came second would be spared what the first has paid for.
 */
const REST_MS = 30

interface Peer {
  readonly name: string
  readonly version: string
  start(id: string): Promise<void>
  end?(): void
}

/** One container made and reaped by a Node process that is there already: what a daemon pays. */
export async function fromRunningNode(rootfs: string, scratch: string, rounds: number): Promise<string[]> {
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
  return inTurns('made and reaped by a running Node, all namespaces but user', peers, rounds)
}

/** The same with limits on processors, memory, processes and devices: made, joined, kept and removed. */
export async function withLimits(rootfs: string, scratch: string, rounds: number): Promise<string[]> {
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
  return inTurns('the same with limits on cpu, memory, pids and devices', peers, rounds)
}

async function inTurns(title: string, peers: readonly Peer[], rounds: number): Promise<string[]> {
  const wall = new Map(peers.map(({ name }) => [name, [] as number[]]))
  for (let round = -3; round < rounds; round++) {
    for (const { name, start } of peers) {
      await sleep(REST_MS)
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

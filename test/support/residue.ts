/**
 * Residue: what a container could leave on the host, looked at before and after.
 *
 * Processes are found in two ways, by descent and by a marker in their environment. Not by name alone: other tests run at
 * the same time. The test process is made the subreaper (world.ts), so whatever lost its parent is its descendant.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as net from 'node:net'
import { directoriesIn, hostMounts, othersWorlds, readOr, sleep } from './world.js'

/** Everything as lines, so that one comparison serves all. */
export interface Residue {
  readonly mounts: readonly string[]
  readonly interfaces: readonly string[]
  readonly cgroups: readonly string[]
  readonly files: readonly string[]
  readonly processes: readonly string[]
  /** Open files of this process, by what they are: the one that starts containers holds channels, pidfds, trees. */
  readonly fds: readonly string[]
  /** Tables, routes, whether it forwards: asked for by programs, and so only where a container has a cable. */
  readonly network: readonly string[]
}

export interface Scope {
  /** MINI_DOCKER_RUN. */
  readonly run: string
  /** A word that the environment of this test's containers holds. */
  readonly marker?: string
  /** Whether this very process starts the containers, so that its open files count. */
  readonly starts?: boolean
  /** Whether the containers have a cable. */
  readonly connected?: boolean
}

const kinds = [
  'mounts',
  'interfaces',
  'cgroups',
  'files',
  'processes',
  'fds',
  'network',
] as const satisfies readonly (keyof Residue)[]

/** Of rooms, of recordings, and parents that tests of limits name: what is in them need not hold a process all the time. */
const othersCgroup = /^mini-docker-(room\.\d+|record-\d+|(live-)?[0-9a-f]{16})$/

export function lookAround({ run, marker, starts = false, connected = false }: Scope): Residue {
  const recorded = new Set(othersWorlds().flatMap(world => namesIn(`${world}/run/containers`)))
  return {
    mounts: hostMounts().split('\n'),
    interfaces: namesIn('/sys/class/net'),
    // one that is empty may be of a container that others have killed, and whose record they have still
    cgroups: cgroupsNamed('mini-docker').filter(
      path => !path.split('/').some(name => recorded.has(name) || othersCgroup.test(name)),
    ),
    files: filesBelow(run),
    processes: processesOf(marker),
    fds: starts ? openFiles() : [],
    network: connected ? networkLines() : [],
  }
}

/** Of these a container may take nothing away either; of the others, what goes is somebody else's coming to its end. */
const lasting: ReadonlySet<keyof Residue> = new Set(['mounts', 'interfaces', 'network'])

/** What came and what went: `+ processes …`, `- mounts …`; nothing when the two are the same. */
export function difference(before: Residue, after: Residue): string[] {
  return kinds.flatMap(kind => [
    ...after[kind].filter(line => !before[kind].includes(line)).map(line => `+ ${kind}: ${line}`),
    ...(lasting.has(kind) ? before[kind] : [])
      .filter(line => !after[kind].includes(line))
      .map(line => `- ${kind}: ${line}`),
  ])
}

/**
 * What is there at every look for so long: what is about to end may take its time, and what others do on the same machine
 * comes and goes.
 */
export async function residueSince(before: Residue, scope: Scope, seconds = 20): Promise<string[]> {
  const deadline = Date.now() + seconds * 1000
  let left = difference(before, lookAround(scope))
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(10)
    const now = difference(before, lookAround(scope))
    left = left.filter(line => now.includes(line))
  }
  return left
}

const namesIn = (directory: string): string[] => {
  try {
    return fs.readdirSync(directory).sort()
  } catch {
    return [] // gone, or never there
  }
}

/** Deep enough for every place where runtimes put their cgroups, without walking all of a large host's tree. */
function cgroupsNamed(word: string, directory = '/sys/fs/cgroup', depth = 5): string[] {
  return directoriesIn(directory).flatMap(name => {
    const path = `${directory}/${name}`
    const below = depth > 1 ? cgroupsNamed(word, path, depth - 1) : []
    // the parent that all containers share is none of theirs
    return path.includes(word) && name !== word && !isOthers(path) ? [path, ...below] : below
  })
}

/** Other tests run containers at the same time: what holds a process that is none of ours is theirs, and no residue. */
function isOthers(cgroup: string): boolean {
  const pids = [cgroup, ...directoriesIn(cgroup).map(name => `${cgroup}/${name}`)]
    .flatMap(directory => readOr('', `${directory}/cgroup.procs`).split('\n'))
    .filter(line => line !== '')
    .map(Number)
  if (pids.length === 0) return false
  const ours = new Set(descendants(allProcesses(), process.pid).map(({ pid }) => pid))
  return pids.some(pid => !ours.has(pid))
}

/** Containers, leases, files half written; directories, locks and what was given last stay, and are no leak. */
function filesBelow(run: string): string[] {
  const permanent = /^(containers|shared|shared\/[^/]+|shared\/[^/]+\/(users|lock|last\.json))$/
  try {
    return fs
      .readdirSync(run, { recursive: true, encoding: 'utf8' })
      .filter(name => !permanent.test(name))
      .sort()
  } catch {
    return []
  }
}

function networkLines(): string[] {
  const said = (program: string, ...args: string[]): string[] =>
    execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')
  const tables = process.geteuid!() === 0 ? said('nft', 'list', 'tables') : []
  return [...tables, ...said('ip', 'route'), `ip_forward ${readOr('', '/proc/sys/net/ipv4/ip_forward')}`]
}

// libuv opens /dev/null once, with the first stream of the process: so let that be now
net.connect('/none').on('error', () => undefined)

function openFiles(): string[] {
  return namesIn('/proc/self/fd').flatMap(fd => {
    try {
      return [`${fd} ${fs.readlinkSync(`/proc/self/fd/${fd}`)}`]
    } catch {
      return [] // the one by which the directory was read
    }
  })
}

export interface ProcessLine {
  readonly pid: number
  readonly parent: number
  readonly name: string
  /** proc_pid_stat(5): R, S, D, Z … */
  readonly state: string
}

/** @returns null when there is no such process */
export function processLine(pid: number): ProcessLine | null {
  const stat = readOr('', `/proc/${pid}/stat`)
  const open = stat.indexOf('(')
  const close = stat.lastIndexOf(')') // the name may hold anything
  if (close < 0) return null
  const [state, parent] = stat.slice(close + 2).split(' ')
  return { pid, parent: Number(parent), name: stat.slice(open + 1, close), state: state! }
}

export const allProcesses = (): ProcessLine[] =>
  namesIn('/proc').flatMap(name => (/^\d+$/.test(name) ? (processLine(Number(name)) ?? []) : []))

/** A zombie has given back all but its number: whoever is its parent now will reap it, and it is no leak. */
const isLiving = ({ state }: ProcessLine): boolean => state !== 'Z' && state !== 'X'

export const descendants = (all: readonly ProcessLine[], root: number): ProcessLine[] => {
  const children = all.filter(({ parent }) => parent === root)
  return children.flatMap(child => [child, ...descendants(all, child.pid)])
}

function processesOf(marker: string | undefined): string[] {
  const all = allProcesses().filter(isLiving)
  const ours = new Set(descendants(all, process.pid).map(({ pid }) => pid))
  return all
    .filter(({ pid }) => ours.has(pid) || (marker !== undefined && pid !== process.pid && carries(pid, marker)))
    .map(({ pid, name }) => `${pid} ${name}`)
}

const carries = (pid: number, marker: string): boolean => readOr('', `/proc/${pid}/environ`).includes(marker)

/** Whether the process, if it is still the same one, does anything: a zombie does not. */
export function lives(pid: number): boolean {
  const line = processLine(pid)
  return line !== null && isLiving(line)
}

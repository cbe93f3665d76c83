/**
 * The cgroups of a running container as the host sees them, on either version: where they are, and what limits they hold.
 * Read from the kernel's own tables, by none of the code that is tested. Source: cgroups(7), proc_pid_mountinfo(5).
 */

import * as fs from 'node:fs'
import { needs } from './needs.js'
import { initOf } from './processes.js'
import { directoriesIn, readOr, type World } from './world.js'

export interface Cgroup {
  readonly version: 1 | 2
  readonly directory: string
  /** Of v2 those that the cgroup has, which are those that the one above has enabled. */
  readonly controllers: readonly string[]
}

interface Mounted {
  readonly version: 1 | 2
  /** The cgroup that is mounted: `/` but in a container. */
  readonly root: string
  readonly point: string
  readonly options: readonly string[]
}

const mounts = (): Mounted[] =>
  readOr('', '/proc/self/mountinfo')
    .split('\n')
    .flatMap((line): Mounted[] => {
      const [before = '', after = ''] = line.split(' - ')
      const [, , , root = '/', point = ''] = before.split(' ')
      const [type, , options = ''] = after.split(' ')
      if (type !== 'cgroup' && type !== 'cgroup2') return []
      return [{ version: type === 'cgroup2' ? 2 : 1, root, point, options: options.split(',') }]
    })

/** One directory of each hierarchy that is mounted: that of the process. */
export function cgroupsOf(pid: number | 'self'): Cgroup[] {
  const mounted = mounts()
  return readOr('', `/proc/${pid}/cgroup`)
    .split('\n')
    .flatMap((line): Cgroup[] => {
      const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
      if (names === undefined) return []
      const controllers = names.split(',')
      const at = mounted.find(({ version, options }) =>
        names === '' ? version === 2 : version === 1 && controllers.every(name => options.includes(name)),
      )
      if (at === undefined) return []
      const below = at.root !== '/' && path!.startsWith(at.root) ? path!.slice(at.root.length) : path!
      const directory = `${at.point}${below}`.replace(/\/$/, '')
      return [{ version: at.version, directory, controllers: at.version === 1 ? controllers : offeredIn(directory) }]
    })
}

const offeredIn = (directory: string): string[] =>
  readOr('', `${directory}/cgroup.controllers`)
    .split(/\s+/)
    .filter(name => name !== '')

/** Once its init runs. */
export const cgroupsOfContainer = async (world: World, name: string): Promise<Cgroup[]> =>
  cgroupsOf(await initOf(world, name))

/** v1 and v2 name one controller in two ways. */
const onV1 = (name: string): string => (name === 'io' ? 'blkio' : name)
const isOf = (name: string, { version, controllers }: Cgroup): boolean =>
  controllers.includes(version === 1 ? onV1(name) : name)

/** @param controller by its name on v2; @throws Error when no hierarchy has it */
export function withController(cgroups: readonly Cgroup[], controller: string): Cgroup {
  const found = cgroups.find(cgroup => isOf(controller, cgroup))
  if (found === undefined) throw new Error(`no controller ${controller} in ${JSON.stringify(cgroups)}`)
  return found
}

/** A file of a controller, by its names on the two versions, without the last newline. */
export function readFile(cgroups: readonly Cgroup[], controller: string, names: { v1: string; v2: string }): string {
  const { version, directory } = withController(cgroups, controller)
  return fs.readFileSync(`${directory}/${version === 1 ? names.v1 : names.v2}`, 'utf8').trimEnd()
}

/** v1 writes "no limit" as the largest number of whole pages, or as -1; v2 as max. */
const numberOf = (text: string): number =>
  text === 'max' || Number(text) < 0 || Number(text) > 2 ** 62 ? Number.POSITIVE_INFINITY : Number(text)

type Read = (cgroups: readonly Cgroup[]) => number

const memoryLimit: Read = cgroups =>
  numberOf(readFile(cgroups, 'memory', { v1: 'memory.limit_in_bytes', v2: 'memory.max' }))

const limits = {
  /** Bytes. */
  'memory limit': memoryLimit,
  /** Swap alone, in bytes: v1 counts both together. */
  'swap limit': cgroups => {
    const all = numberOf(readFile(cgroups, 'memory', { v1: 'memory.memsw.limit_in_bytes', v2: 'memory.swap.max' }))
    return withController(cgroups, 'memory').version === 2 ? all : all - memoryLimit(cgroups)
  },
  /** Processors: 0.5 is half the time of one. */
  'cpu quota': cgroups => {
    const text =
      withController(cgroups, 'cpu').version === 2
        ? readFile(cgroups, 'cpu', { v1: '', v2: 'cpu.max' })
        : ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map(v1 => readFile(cgroups, 'cpu', { v1, v2: '' })).join(' ')
    const [quota = '', period = ''] = text.split(' ')
    return numberOf(quota) / Number(period)
  },
  /** As the version counts: shares (usually 1024) or weights (usually 100). */
  'cpu weight': cgroups => Number(readFile(cgroups, 'cpu', { v1: 'cpu.shares', v2: 'cpu.weight' })),
  'pids limit': cgroups => numberOf(readFile(cgroups, 'pids', { v1: 'pids.max', v2: 'pids.max' })),
} satisfies Record<string, Read>

export type LimitName = keyof typeof limits

/** What the kernel says of a limit; Infinity when there is none. */
export const limitOf = (cgroups: readonly Cgroup[], name: LimitName): number => limits[name](cgroups)

/** Those that are in it, without those in cgroups below. */
export const membersOf = ({ directory }: Cgroup): number[] =>
  readOr('', `${directory}/cgroup.procs`)
    .split('\n')
    .filter(line => line !== '')
    .map(Number)

/** A test that needs controllers, by their names on v2: `needsController('cpuset')('x does y', …)`. */
export const needsController = (...names: readonly string[]): ReturnType<typeof needs> =>
  needs('root', ...names.map(name => `controller ${name}`))

/** Every cgroup of that name, wherever it is: what is left of a container, by its ID. */
export const cgroupsCalled = (name: string): string[] => mounts().flatMap(({ point }) => below(point, name, 5))

function below(directory: string, name: string, depth: number): string[] {
  if (depth === 0) return []
  return directoriesIn(directory).flatMap(entry => {
    const path = `${directory}/${entry}`
    return [...(entry === name ? [path] : []), ...below(path, name, depth - 1)]
  })
}

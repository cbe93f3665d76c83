/** A container that runs, looked at from the host: the kernel's own files of its cgroup, found by what /proc says of its init. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import { errnoOf } from '#core/errors'
import { type Running, run, start } from './cli.js'
import { initOf } from './processes.js'
import { leftovers, nonce, readOr, type World } from './world.js'

export interface Live {
  readonly name: string
  readonly init: number
  readonly cli: Running
  /** `ch3 …`, as root of the host. */
  ch3(...args: string[]): ReturnType<typeof run>
  /** A file of its cgroup, trimmed; '' when there is none. */
  file(v1: readonly [controller: string, file: string] | null, v2: string): string
}

const v2Mount = (): string => (isUnified() ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified')
/** Pure v2. */
export const isUnified = (): boolean => fs.existsSync('/sys/fs/cgroup/cgroup.controllers')

/** cgroups(7), "/proc/[pid]/cgroup": `id:controllers:path`, 0 and no controllers for v2. */
export function cgroupOf(pid: number, controller: string | null): string {
  const lines = readOr('', `/proc/${pid}/cgroup`).split('\n')
  const line = lines
    .map(one => one.split(':'))
    .find(([, names]) => (controller === null ? names === '' : names?.split(',').includes(controller)))
  const place = controller === null ? v2Mount() : `/sys/fs/cgroup/${line?.[1]}`
  return `${place}${line?.[2] ?? ''}`
}

/** One processor, as User Mode Linux has: what has every right to that leaves none for who tests it. */
const isAlone = os.availableParallelism() === 1

/**
 * Runs `body` beside a container, and ends it. Its cgroup lies below one of its own, which has every right to the processors:
 * what else the machine does takes none of its part.
 */
export async function beside(
  world: World,
  flags: readonly string[],
  script: string,
  body: (live: Live) => Promise<void>,
): Promise<void> {
  const name = `live-${nonce()}`
  const parent = `/mini-docker-${name}`
  const command = [
    'ch3',
    'run',
    '--name',
    name,
    '--cgroup-parent',
    parent,
    ...(isAlone ? [] : ['--cpu-shares', '262144']),
    ...flags,
  ]
  const cli = start(world, [...command, 'sh', '-c', `echo up; ${script}; :`], { seconds: 250 })
  await cli.says(/up/)
  const init = await initOf(world, name)
  if (!isAlone) preferred(isUnified() ? `/sys/fs/cgroup${parent}/cpu.weight` : `/sys/fs/cgroup/cpu${parent}/cpu.shares`)
  const file: Live['file'] = (v1, v2) => {
    const path = v1 === null || isUnified() ? `${cgroupOf(init, null)}/${v2}` : `${cgroupOf(init, v1[0])}/${v1[1]}`
    return readOr('', path).trim()
  }
  try {
    await body({ name, init, cli, file, ch3: (...args) => run(world, ['ch3', ...args], { seconds: 60 }) })
  } finally {
    if (fs.existsSync(`/proc/${init}`)) end(init)
    await cli.done
  }
  const left = await leftovers(world)
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
}

function preferred(file: string): void {
  if (fs.existsSync(file)) fs.writeFileSync(file, isUnified() ? '10000' : '262144')
}

/** One that a test left paused does not notice before it is thawed. At each of these moments it may be gone already. */
function end(init: number): void {
  try {
    const freezer = `${cgroupOf(init, 'freezer')}/freezer.state`
    process.kill(init, 'SIGKILL')
    if (fs.existsSync(freezer)) fs.writeFileSync(freezer, 'THAWED')
  } catch (error) {
    if (!['ENOENT', 'ENODEV', 'ESRCH'].includes(errnoOf(error) ?? '')) throw error
  }
}

/** Whether all in its cgroup stand still, as the kernel says: v1 in a word, v2 as an event. */
export const isFrozen = (pid: number): boolean =>
  isUnified()
    ? /^frozen 1$/m.test(readOr('', `${cgroupOf(pid, null)}/cgroup.events`))
    : readOr('', `${cgroupOf(pid, 'freezer')}/freezer.state`) === 'FROZEN\n'

/** Nanoseconds of processor time that a container has had, by the kernel. */
export const processorTime = ({ file }: Live): number =>
  isUnified()
    ? 1000 * Number(/^usage_usec (\d+)$/m.exec(file(null, 'cpu.stat'))![1])
    : Number(file(['cpuacct', 'cpuacct.usage'], ''))

/** Whether this kernel has the tables that the bridge's rules are in: User Mode Linux has not. */
export const canFilterBridge = (): boolean => !isUnified() || fs.existsSync('/sys/module/nf_tables')

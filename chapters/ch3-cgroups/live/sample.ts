/** One look at what a container has used so far. What the kernel does not say is null. */

import * as fs from 'node:fs'
import { type Directory, withController } from '../cgroup/directories.js'
import {
  diskBytesV1,
  diskBytesV2,
  limitIn,
  networkIn,
  numberIn,
  pressureIn,
  type Traffic,
  valueOf,
} from './kernel-text.js'

export interface Sample {
  /** Nanoseconds of a clock that only goes forward, when the processor time was read. */
  readonly at: number
  readonly cpu: { readonly usage: number | null; readonly throttled: number | null }
  readonly memory: { readonly usage: number | null; readonly limit: number | null; readonly peak: number | null }
  /** Percent. */
  readonly pressure: { readonly cpu: number | null; readonly memory: number | null; readonly io: number | null }
  readonly pids: { readonly current: number | null; readonly limit: number | null }
  readonly network: Traffic | null
  readonly disks: Traffic | null
}

type Read = (file: string) => string | null
const nothing: Read = () => null

/** @param init a process in its network; @returns null when the cgroup is gone, and the container with it */
export function takeSample(directories: readonly Directory[], init: number): Sample | null {
  const at = (directory: Directory | undefined): Read =>
    directory === undefined ? nothing : file => readOrNull(`${directory.path}/${file}`)
  const of = (controller: string): { readonly v1: boolean; readonly read: Read } => {
    const directory = withController(directories, controller)
    return { v1: directory?.version === 1, read: at(directory) }
  }
  // on a host without cgroups there is none to be gone
  if (directories.length > 0 && directories.every(({ path }) => !fs.existsSync(path))) return null
  const unified = at(directories.find(({ version }) => version === 2))
  return {
    ...cpuOf(of('cpuacct').read, of('cpu'), unified),
    memory: memoryOf(of('memory')),
    // v2's files, which are there beside v1, too, and filled, where the kernel was built with them
    pressure: {
      cpu: pressureIn(unified('cpu.pressure')),
      memory: pressureIn(unified('memory.pressure')),
      io: pressureIn(unified('io.pressure')),
    },
    pids: { current: numberIn(of('pids').read('pids.current')), limit: limitIn(of('pids').read('pids.max')) },
    network: hasOwnNetwork(init) ? networkIn(readOrNull(`/proc/${init}/net/dev`), 'eth0') : null,
    disks: disksOf(of('blkio').read, of('io').read),
  }
}

/** v2 counts processor time with no controller at all; throttling is the business of who throttles. */
function cpuOf(accounting: Read, cpu: { readonly v1: boolean; readonly read: Read }, unified: Read) {
  const at = Number(process.hrtime.bigint())
  const v1 = numberIn(accounting('cpuacct.usage'))
  const usage = v1 ?? thousand(valueOf(unified('cpu.stat'), 'usage_usec'))
  const stat = cpu.read('cpu.stat')
  const throttled = cpu.v1 ? valueOf(stat, 'throttled_time') : thousand(valueOf(stat, 'throttled_usec'))
  return { at, cpu: { usage, throttled } }
}

const thousand = (micros: number | null): number | null => (micros === null ? null : micros * 1000)

/**
 * Without the pages of files that nobody touched lately: the kernel takes those back before it says that memory is short. As
 * docker stats counts it (moby, cli/command/container/stats_helpers.go).
 */
function memoryOf({ v1, read }: { readonly v1: boolean; readonly read: Read }): Sample['memory'] {
  const stat = read('memory.stat')
  const all = numberIn(read(v1 ? 'memory.usage_in_bytes' : 'memory.current'))
  const idle = valueOf(stat, v1 ? 'total_inactive_file' : 'inactive_file') ?? 0
  return {
    usage: all === null || idle > all ? all : all - idle,
    limit: limitIn(read(v1 ? 'memory.limit_in_bytes' : 'memory.max')),
    peak: numberIn(read(v1 ? 'memory.max_usage_in_bytes' : 'memory.peak')),
  }
}

/** Of v1 the file that counts those below, too, where there is one. */
const disksOf = (v1: Read, v2: Read): Traffic | null =>
  diskBytesV1(v1('blkio.throttle.io_service_bytes_recursive') ?? v1('blkio.throttle.io_service_bytes')) ??
  diskBytesV2(v2('io.stat'))

/** The host's eth0 is not the container's, though it sees it. */
function hasOwnNetwork(pid: number): boolean {
  try {
    return fs.readlinkSync(`/proc/${pid}/ns/net`) !== fs.readlinkSync('/proc/self/ns/net')
  } catch {
    return false // it has just ended, or is not ours to look at
  }
}

/** Gone, not built into this kernel, or switched off: it says nothing. */
export function readOrNull(path: string): string | null {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** What `stats` says of a container, from two samples. Pure. */

import type { Traffic } from './kernel-text.js'
import type { Sample } from './sample.js'

/** What `stats --json` prints, one a line. Bytes, nanoseconds, percent; null is what the kernel does not say. */
export interface StatsLine {
  readonly version: 1
  /** Milliseconds since 1970. */
  readonly time: number
  readonly name: string
  /** Of its init, as the host sees it. */
  readonly pid: number
  readonly paused: boolean
  readonly cpu: {
    /** Of one processor, between two samples: two that are busy are 200. */
    readonly percent: number | null
    /** So far, of all its processes. */
    readonly usage: number | null
    /** So far: how long it had something to do, and no time left in its period. */
    readonly throttled: number | null
  }
  readonly memory: {
    /** Without the pages of files that nobody touched lately. */
    readonly usage: number | null
    /** null: none of its own. */
    readonly limit: number | null
    /** Of the limit, or of all that the machine has. */
    readonly percent: number | null
    readonly peak: number | null
  }
  /** Pressure stall information, "some": percent of the last ten seconds in which one or more had to wait. */
  readonly pressure: Sample['pressure']
  /** Processes and threads. */
  readonly pids: Sample['pids']
  /** Received and sent on eth0. */
  readonly network: Traffic | null
  /** Read and written. */
  readonly disks: Traffic | null
}

export interface Subject {
  readonly name: string
  readonly pid: number
  readonly paused: boolean
  readonly time: number
  /** All the memory of the machine. */
  readonly machine: number | null
}

export function statsLine(before: Sample, now: Sample, { machine, ...subject }: Subject): StatsLine {
  const { usage, limit, peak } = now.memory
  return {
    version: 1,
    ...subject,
    cpu: { percent: cpuPercent(before, now), ...now.cpu },
    memory: { usage, limit, percent: percentOf(usage, most(limit, machine)), peak },
    pressure: now.pressure,
    pids: now.pids,
    network: now.network,
    disks: now.disks,
  }
}

function cpuPercent(before: Sample, now: Sample): number | null {
  const elapsed = now.at - before.at
  if (before.cpu.usage === null || now.cpu.usage === null || elapsed <= 0) return null
  return (100 * Math.max(0, now.cpu.usage - before.cpu.usage)) / elapsed
}

const percentOf = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || whole === 0 ? null : (100 * part) / whole

/** A limit beyond the machine is none. */
export const most = (limit: number | null, machine: number | null): number | null =>
  limit !== null && machine !== null ? Math.min(limit, machine) : (limit ?? machine)

/** `process` of config.json: who runs, what, and with which limits and rights. config.md#process. */

import type { IoClass, ResourceLimit, SchedulingFlag, SchedulingPolicy } from '#core/sys/constants'

export interface User {
  readonly uid: number
  readonly gid: number
  readonly umask?: number
  readonly additionalGids?: readonly number[]
}

/** getrlimit(2)'s RLIM_INFINITY, 2^64-1, as JavaScript reads it. */
export const RLIM_INFINITY = 2 ** 64

/** config.md#posix-process, getrlimit(2). */
export interface Rlimit {
  readonly type: ResourceLimit
  readonly soft: number
  readonly hard: number
}

/** config.md#linux-process: names as capabilities(7) has them, with CAP_. */
export interface Capabilities {
  readonly bounding?: readonly string[]
  readonly effective?: readonly string[]
  readonly permitted?: readonly string[]
  readonly inheritable?: readonly string[]
  readonly ambient?: readonly string[]
}

/** config.md#linux-process, sched(7). Times in nanoseconds. */
export interface Scheduler {
  readonly policy: SchedulingPolicy
  readonly nice?: number
  readonly priority?: number
  readonly flags?: readonly SchedulingFlag[]
  readonly runtime?: number
  readonly deadline?: number
  readonly period?: number
}

export interface Process {
  readonly terminal?: boolean
  readonly consoleSize?: { readonly height: number; readonly width: number }
  readonly user: User
  readonly args: readonly string[]
  readonly env?: readonly string[]
  readonly rlimits?: readonly Rlimit[]
  readonly oomScoreAdj?: number
  readonly capabilities?: Capabilities
  readonly noNewPrivileges?: boolean
  readonly apparmorProfile?: string
  readonly selinuxLabel?: string
  readonly scheduler?: Scheduler
  /** Lists of processors, of a process that joins: on which it is before it is in the cgroup of the container, and afterwards. */
  readonly execCPUAffinity?: { readonly initial?: string; readonly final?: string }
  readonly ioPriority?: { readonly class: IoClass; readonly priority: number }
  readonly cwd: string
}

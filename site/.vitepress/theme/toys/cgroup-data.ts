/**
 * Recorded curves of programs under limits: what `site/data/cgroups.json` holds. Each run is a real container of
 * `mini-docker ch3 run`, its cgroup's files read from the host by test/support/record/cgroups.ts; the curves are on a grid of
 * `stepMs`, their values rounded.
 */

// cspell:words cpuacct failcnt

/** What each of the three programs does; the limits that it meets are in the runs. */
export const workload = {
  /** Milliseconds of processor time that it needs, in one thread. */
  cpuMs: 400,
  /** Of cpu.max. */
  periodMs: 100,
  /** MiB of a file that it reads, then MiB of memory of its own that it fills. */
  fileMiB: 40,
  ownMiB: 40,
  /** Children that it wants beside itself. */
  forks: 40,
} as const

/** Positions of the sliders: per cent of one processor, MiB, processes. */
export const positions = {
  cpu: [10, 25, 50, 75, 100],
  memory: [16, 32, 48, 64, 96, 128],
  pids: [4, 8, 16, 32, 64],
} as const
export type Resource = keyof typeof positions
export const resources = Object.keys(positions) as Resource[]

export const stepMs = 10

export interface CpuRun {
  readonly limit: number
  /** cpuacct.usage, milliseconds since the start. */
  readonly used: readonly number[]
  readonly tookMs: number
  /** cpu.stat: nr_periods, nr_throttled, throttled_time in milliseconds. */
  readonly periods: number
  readonly throttled: number
  readonly throttledMs: number
}

export interface MemoryRun {
  readonly limit: number
  /** memory.stat, MiB: of files, which can be given back, and of the program's own, which cannot. */
  readonly cache: readonly number[]
  readonly own: readonly number[]
  /** Whether the kernel had to take pages back: memory.failcnt. */
  readonly reclaimed: boolean
  readonly exit: number
  /** What mini-docker said of its end. */
  readonly said: string
}

export interface PidsRun {
  readonly limit: number
  /** pids.current */
  readonly current: readonly number[]
  /** What fork(2) answered the program: so many children, and so many times EAGAIN. */
  readonly forked: number
  readonly refused: number
  /** pids.events: max */
  readonly counted: number
}

export interface CgroupData {
  readonly version: 1
  readonly workload: typeof workload
  readonly stepMs: number
  readonly cpu: readonly CpuRun[]
  readonly memory: readonly MemoryRun[]
  readonly pids: readonly PidsRun[]
}

/** What the cgroup bench says and draws of recorded runs: pure, so that it can be tested without a page. */

import type { Words } from '../words.js'
import { type CgroupData, type CpuRun, type MemoryRun, type PidsRun, positions, type Resource } from './cgroup-data.js'

export type Choice = Readonly<Record<Resource, number>>

/** Where the sliders stand at first: each limit is felt, and nobody dies. */
export const firstChoice: Choice = { cpu: 25, memory: 64, pids: 16 }

/** The nearest position, and the next in a direction, are the slider's: it counts them. */
export const indexOf = (resource: Resource, limit: number): number =>
  (positions[resource] as readonly number[]).indexOf(limit)

export function runOf<Run extends { readonly limit: number }>(runs: readonly Run[], limit: number): Run {
  const run = runs.find(one => one.limit === limit)
  if (run === undefined) throw new Error(`no run with ${limit} among ${runs.map(one => one.limit).join(', ')}`)
  return run
}

/** The flags of `mini-docker ch3 run` that set these limits. */
export const flagsOf = ({ cpu, memory, pids }: Choice): string[] => [
  `--cpus ${cpu / 100}`,
  `--memory ${memory}m`,
  `--pids-limit ${pids}`,
]

export interface Write {
  readonly file: string
  readonly data: string
}

/** What is written for a limit, in each of the two versions. */
export function writesOf(
  { workload: { periodMs } }: Pick<CgroupData, 'workload'>,
  resource: Resource,
  limit: number,
): { readonly v2: Write; readonly v1: Write } {
  const quota = String((limit / 100) * periodMs * 1000)
  const bytes = String(limit * 2 ** 20)
  const writes: Readonly<Record<Resource, { readonly v2: Write; readonly v1: Write }>> = {
    cpu: {
      v2: { file: 'cpu.max', data: `${quota} ${periodMs * 1000}` },
      v1: { file: 'cpu.cfs_quota_us', data: quota },
    },
    memory: { v2: { file: 'memory.max', data: bytes }, v1: { file: 'memory.limit_in_bytes', data: bytes } },
    pids: { v2: { file: 'pids.max', data: String(limit) }, v1: { file: 'pids.max', data: String(limit) } },
  }
  return writes[resource]
}

export const unitOf = (resource: Resource, limit: number): string =>
  ({ cpu: `${limit} %`, memory: `${limit} MiB`, pids: String(limit) })[resource]

const seconds = (ms: number): string => (ms / 1000).toFixed(2).replace(/0$/, '')

export const isKilled = ({ exit }: MemoryRun): boolean => exit === 137

/** In one sentence or two, what became of the program. */
export function outcomeOf(data: CgroupData, say: Words['bench'], resource: Resource, limit: number): string {
  if (resource === 'cpu') {
    const { tookMs, throttled, periods, throttledMs } = runOf(data.cpu, limit)
    return say.cpu(seconds(data.workload.cpuMs), seconds(tookMs), throttled, periods, seconds(throttledMs))
  }
  if (resource === 'pids') {
    const { forked, refused } = runOf(data.pids, limit)
    return say.pids(limit, forked, refused)
  }
  const run = runOf(data.memory, limit)
  if (isKilled(run)) return say.memory.killed(limit)
  if (!run.reclaimed) return say.memory.fits(Math.round(Math.max(...totalOf(run))))
  return say.memory.reclaimed(data.workload.fileMiB, Math.round(run.cache.at(-1)!), data.workload.ownMiB)
}

export const aboutOf = ({ workload: { cpuMs, fileMiB, ownMiB, forks } }: CgroupData, say: Words['bench']): string =>
  say.about(seconds(cpuMs), fileMiB, ownMiB, forks)

export const totalOf = ({ cache, own }: MemoryRun): number[] => own.map((value, i) => value + (cache[i] ?? 0))

/** Stretches of a curve of used time in which it stands still for 20 ms and more, as indexes of its points. */
export function stillIn(used: readonly number[]): (readonly [from: number, to: number])[] {
  const stretches: (readonly [number, number])[] = []
  let from = 0
  used.forEach((value, i) => {
    if (value === used[from]) return
    if (i - 1 - from >= 2) stretches.push([from, i - 1])
    from = i
  })
  return stretches
}

/** The processes that a program would have had at the same time without this limit: those of the run that met none. */
export function wantedBeside({ pids }: Pick<CgroupData, 'pids'>, { current }: PidsRun): number[] {
  const free = pids.at(-1)!.current
  return current.map((value, i) => Math.max(value, free[Math.min(i, free.length - 1)]!))
}

/** What a chart shows: the ends of its axes, and where lines are drawn across it. */
export interface Axes {
  readonly ms: number
  readonly most: number
  readonly ticksMs: readonly number[]
  readonly ticks: readonly number[]
}

export const axesOf: Readonly<Record<Resource, Axes>> = {
  cpu: { ms: 4000, most: 420, ticksMs: [0, 1000, 2000, 3000, 4000], ticks: [0, 200, 400] },
  memory: { ms: 1000, most: 136, ticksMs: [0, 250, 500, 750, 1000], ticks: [0, 32, 64, 96, 128] },
  pids: { ms: 800, most: 68, ticksMs: [0, 200, 400, 600, 800], ticks: [0, 16, 32, 48, 64] },
}

/** Charts are drawn on 1000 by 100, and stretched to their place. */
export const xOf = ({ ms }: Axes, at: number): number => Math.round((at / ms) * 10000) / 10
export const yOf = ({ most }: Axes, value: number): number => Math.round((1 - value / most) * 10000) / 100

const pointsOf = (axes: Axes, stepMs: number, values: readonly number[]): string[] =>
  values.map((value, i) => `${xOf(axes, i * stepMs)} ${yOf(axes, value)}`)

export const linePath = (axes: Axes, stepMs: number, values: readonly number[]): string =>
  `M${pointsOf(axes, stepMs, values).join('L')}`

/** Between two curves; the lower one is the axis when it is missing. */
export function areaPath(
  axes: Axes,
  stepMs: number,
  upper: readonly number[],
  lower: readonly number[] = upper.map(() => 0),
): string {
  const [above, below] = [pointsOf(axes, stepMs, upper), pointsOf(axes, stepMs, lower)]
  return `M${[...above, ...below.reverse()].join('L')}Z`
}

export const curveOf = (resource: Resource, run: CpuRun | MemoryRun | PidsRun): readonly number[] => {
  if (resource === 'cpu') return (run as CpuRun).used
  return resource === 'memory' ? totalOf(run as MemoryRun) : (run as PidsRun).current
}

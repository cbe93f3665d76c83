/**
 * The curves of the cgroup bench: a program for each limit, in a container of `ch3 run` with each position of its slider. What
 * its cgroup's files say is read from the host all the while.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { repository } from '#support/repository'
import {
  type CgroupData,
  type CpuRun,
  type MemoryRun,
  type PidsRun,
  positions,
  stepMs,
  workload,
} from '../../../site/.vitepress/theme/toys/cgroup-data.js'
import { onGrid, watched } from './cgroup-samples.js'
import { settled } from './settled.js'
import { writeData } from './write.js'

const file = '/srv/disk/file'
const program = '/var/lib/mini-docker/rootfs/default/bin/workload'
const { cpuMs, fileMiB, ownMiB, forks } = workload
const MiB = 2 ** 20

/** A few positions for `sample`: enough to see that the kernel still does so. */
const few = { cpu: [25], memory: [32, 64], pids: [8] } as const

export async function recordCgroups(into: string, sample: boolean): Promise<void> {
  execFileSync('mini-docker', ['ch1', 'run', 'true']) // makes the rootfs
  execFileSync('musl-gcc', ['-static', '-O2', '-o', program, `${repository}test/support/record/workload.c`])
  fs.writeFileSync(file, Buffer.alloc(fileMiB * MiB, 1), { flush: true })
  const chosen = sample ? few : positions
  const cpu: CpuRun[] = []
  for (const limit of chosen.cpu) cpu.push(await recordCpu(limit))
  const memory: MemoryRun[] = []
  for (const limit of chosen.memory) memory.push(await recordMemory(limit))
  const pids: PidsRun[] = []
  for (const limit of chosen.pids) pids.push(await recordPids(limit))
  const data: CgroupData = { version: 1, workload, stepMs, cpu, memory, pids }
  const stored = `${repository}site/data/cgroups.json`
  const before = fs.existsSync(stored) ? (JSON.parse(fs.readFileSync(stored, 'utf8')) as CgroupData) : null
  writeData(`${into}/data/cgroups.json`, sample || before === null ? data : settled(before, data))
}

const rounded = (value: number, quantum: number): number => Math.round(value / quantum) * quantum

async function recordCpu(limit: number): Promise<CpuRun> {
  const { samples, ms } = await watched(['--cpus', String(limit / 100)], ['burn', String(cpuMs)], read => ({
    used: Number(read('cpuacct', 'cpuacct.usage')) / 1e6,
    ...cpuStat(read('cpu', 'cpu.stat')),
  }))
  const [first, last] = [samples[0]!.value, samples.at(-1)!.value]
  return {
    limit,
    used: onGrid(samples, ({ used }) => used - first.used).map(value => rounded(value, 2)),
    tookMs: rounded(ms, 10),
    periods: last.periods - first.periods,
    throttled: last.throttled - first.throttled,
    throttledMs: rounded((last.throttledNs - first.throttledNs) / 1e6, 10),
  }
}

/** `nr_periods 4\nnr_throttled 3\nthrottled_time 223112` */
function cpuStat(text: string): { readonly periods: number; readonly throttled: number; readonly throttledNs: number } {
  const of = (key: string): number => Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  return { periods: of('nr_periods'), throttled: of('nr_throttled'), throttledNs: of('throttled_time') }
}

/** A disk that others keep busy stretches the curve: the shortest of a few runs is the one without them. */
async function recordMemory(limit: number): Promise<MemoryRun> {
  const runs: MemoryRun[] = []
  for (let round = 0; round < 3; round++) runs.push(await recordMemoryOnce(limit))
  return runs.sort((a, b) => a.own.length - b.own.length)[0]!
}

async function recordMemoryOnce(limit: number): Promise<MemoryRun> {
  const {
    samples: all,
    exit,
    stderr,
  } = await watched(
    ['--memory', `${limit}m`, '--volume', '/srv/disk:/srv/disk:ro'],
    ['eat', file, String(fileMiB), String(ownMiB)],
    read => {
      const stat = read('memory', 'memory.stat')
      const of = (key: string): number => Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(stat)![1]) / MiB
      return { cache: of('cache'), own: of('rss'), fails: Number(read('memory', 'memory.failcnt')) }
    },
  )
  // what is left of one that was killed sinks while its cgroup is emptied: no more of its doing
  const most = Math.max(...all.map(({ value }) => value.own))
  const samples = exit === 0 ? all : all.slice(0, all.findLastIndex(({ value }) => value.own === most) + 1)
  return {
    limit,
    cache: onGrid(samples, ({ cache }) => cache).map(value => rounded(value, 0.5)),
    own: onGrid(samples, ({ own }) => own).map(value => rounded(value, 0.5)),
    reclaimed: samples.at(-1)!.value.fails > samples[0]!.value.fails,
    exit,
    said: stderr.trim(),
  }
}

async function recordPids(limit: number): Promise<PidsRun> {
  const { samples, stdout } = await watched(['--pids-limit', String(limit)], ['multiply', String(forks)], read => ({
    current: Number(read('pids', 'pids.current')),
    counted: Number(/^max (\d+)$/m.exec(read('pids', 'pids.events'))?.[1] ?? 0),
  }))
  const [, forked, refused] = /^forked (\d+) refused (\d+)$/m.exec(stdout)!.map(Number)
  return {
    limit,
    current: onGrid(samples, ({ current }) => current).map(Math.round),
    forked: forked!,
    refused: refused!,
    counted: samples.at(-1)!.value.counted,
  }
}

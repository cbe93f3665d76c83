/**
 * Limits on cgroup v2: one hierarchy, one directory, and a grammar that all files share: `max` is no limit, a list has one
 * key a line. Source: Documentation/admin-guide/cgroup-v2.rst "Controllers"; config-linux.md.
 */

import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'
import type { Resources } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { directoriesOf } from '../cgroup/directories.js'
import { ioThrottles } from './quantities.js'
import { rdmaMost } from './rdma.js'
import { writes } from './writes.js'

const by = 'ch3.limitsV2'
/** config-linux.md: -1 (of pids also 0) is no limit. */
const orMax = (limit: number): string => (limit < 0 ? 'max' : String(limit))

// #region part
/** The limits of the controllers that live in v2 on this host. */
export const limitsV2: Pass = (spec, facts) => {
  const directory = directoriesOf(spec, facts).find(({ version }) => version === 2)
  const resources = spec.linux?.resources
  if (directory === undefined || resources === undefined) return []
  const has = (controller: string): boolean => directory.controllers.includes(controller)
  const { path } = directory
  return [
    ...(has('cpuset') ? cpuset(path, resources) : []),
    ...(has('cpu') ? [...time(path, resources), ...idle(path, resources)] : []),
    ...(has('memory') ? memory(path, resources) : []),
    ...(has('pids') ? pids(path, resources) : []),
    ...(has('io') ? io(path, resources, facts) : []),
    ...(has('hugetlb') ? hugetlb(path, resources) : []),
    ...(has('rdma') ? rdmaMost(by, path, resources.rdma ?? {}) : []),
    ...unified(path, resources),
  ]
}

/** Processor time: so much in each period. */
function time(path: string, { cpu = {} }: Resources): HostStep[] {
  const { quota, period, burst } = cpu
  const write = writes(by, path, 'cpu.quota (--cpus, --cpu-quota)')
  // #region solution-time
  const steps: HostStep[] = []
  if (quota !== undefined || period !== undefined) {
    const most = quota === undefined || quota <= 0 ? 'max' : quota
    const data = `${most} ${period || 100000}`
    steps.push(write({ file: 'cpu.max', data, why: 'microseconds of processor time in each period: then it waits' }))
  }
  // after the quota: it may be no larger, and if it is, the error names the burst
  if (burst !== undefined) {
    steps.push(write({ file: 'cpu.max.burst', data: burst, why: 'what it saved it may use later, up to this' }))
  }
  return steps
  // #endregion solution-time
}

function memory(path: string, { memory = {} }: Resources): HostStep[] {
  const { limit = 0, swap = 0, reservation = 0 } = memory // 0: nothing is said
  const write = {
    limit: writes(by, path, 'memory.limit (--memory)'),
    swap: writes(by, path, 'memory.swap (--memory-swap)'),
    reservation: writes(by, path, 'memory.reservation (--memory-reservation)'),
  }
  // #region solution-memory
  const steps: HostStep[] = []
  if (limit !== 0) {
    const why = 'beyond it pages are taken back, and if none can be, a process is killed'
    steps.push(write.limit({ file: 'memory.max', data: orMax(limit), why }))
  }
  if (swap !== 0) {
    const alone = swap < 0 ? swap : Math.max(0, swap - Math.max(0, limit))
    const why = 'v2 counts swap alone: what is said of both, less the memory'
    steps.push(write.swap({ file: 'memory.swap.max', data: orMax(alone), why }))
  }
  if (reservation !== 0) {
    const why = 'up to here others are made to give back first'
    steps.push(write.reservation({ file: 'memory.low', data: orMax(reservation), why }))
  }
  return steps
  // #endregion solution-memory
}

function pids(path: string, { pids }: Resources): HostStep[] {
  const write = writes(by, path, 'pids.limit (--pids-limit)')
  // #region solution-pids
  if (pids === undefined) return []
  const why = 'a fork beyond it fails: the bomb stays in here'
  return [write({ file: 'pids.max', data: pids.limit > 0 ? pids.limit : 'max', why })]
  // #endregion solution-pids
}
// #endregion part

function cpuset(path: string, { cpu = {} }: Resources): HostStep[] {
  return (['cpus', 'mems'] as const).flatMap(kind => {
    const list = cpu[kind]
    if (list === undefined || list === '') return []
    const why = kind === 'cpus' ? 'the processors it may run on' : 'the memory nodes it may use'
    return [writes(by, path, `cpu.${kind} (--cpuset-${kind})`)({ file: `cpuset.${kind}`, data: list, why })]
  })
}

function idle(path: string, { cpu = {} }: Resources): HostStep[] {
  if (cpu.idle === undefined) return []
  const why = 'only when nobody else wants the processor'
  return [writes(by, path, 'cpu.idle')({ file: 'cpu.idle', data: cpu.idle, why })]
}

function io(path: string, { blockIO = {} }: Resources, { limits }: Pick<Facts, 'limits'>): HostStep[] {
  const file = limits.bfq ? 'io.bfq.weight' : 'io.weight'
  // BFQ's weights go from 1 to 1000, as those of v1 do; io.weight to 10000
  const weightOf = (weight: number): number => (limits.bfq ? weight : Math.floor(1 + ((weight - 10) * 9999) / 990))
  const write = writes(by, path, 'blockIO.weight (--blkio-weight)')
  const { weight, weightDevice = [] } = blockIO
  return [
    ...(weight === undefined || weight === 0
      ? []
      : [write({ file, data: weightOf(weight), why: 'its part of the disk when all want it' })]),
    ...weightDevice.flatMap(({ major, minor, weight: own }) =>
      own === undefined
        ? []
        : [write({ file, data: `${major}:${minor} ${weightOf(own)}`, why: 'the same, of one disk' })],
    ),
    ...ioThrottles(blockIO).map(({ key, asked, major, minor, rate }) =>
      writes(
        by,
        path,
        asked,
      )({
        file: 'io.max',
        data: `${major}:${minor} ${key}=${rate === 0 ? 'max' : rate}`,
        why: 'a second, of this disk: what is more waits',
      }),
    ),
  ]
}

function hugetlb(path: string, { hugepageLimits = [] }: Resources): HostStep[] {
  return hugepageLimits.map(({ pageSize, limit }) =>
    writes(
      by,
      path,
      'hugepageLimits',
    )({
      file: `hugetlb.${pageSize}.max`,
      data: limit,
      why: 'memory in pages of this size',
    }),
  )
}

/** Last: who writes a file by its name means it. */
function unified(path: string, { unified = {} }: Resources): HostStep[] {
  return Object.entries(unified).map(([file, data]) =>
    writes(by, path, `unified (--cgroup-conf ${file})`)({ file, data, why: 'asked for by the name of its file' }),
  )
}

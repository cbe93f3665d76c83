/**
 * Limits on cgroup v1: a hierarchy for each controller, and for each a grammar of its own. Source:
 * Documentation/admin-guide/cgroup-v1/; config-linux.md.
 */

import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'
import type { Resources } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { directoriesOf } from '../cgroup/directories.js'
import { ioThrottles, pageSizeFile } from './quantities.js'
import { writes } from './writes.js'

const by = 'ch3.limitsV1'

// #region part
/** The limits of the controllers that live in v1 on this host. */
export const limitsV1: Pass = (spec, facts) => {
  const resources = spec.linux?.resources
  if (resources === undefined) return []
  const v1 = directoriesOf(spec, facts).filter(({ version }) => version === 1)
  const inIts = (controller: string, limits: (path: string, resources: Resources, facts: Facts) => HostStep[]) => {
    const directory = v1.find(({ controllers }) => controllers.includes(controller))
    return directory === undefined ? [] : limits(directory.path, resources, facts)
  }
  return [
    ...inIts('cpuset', cpuset),
    ...inIts('cpu', cpu),
    ...inIts('memory', memory),
    ...inIts('pids', pids),
    ...inIts('blkio', blkio),
    ...inIts('hugetlb', hugetlb),
  ]
}

function cpuset(path: string, { cpu = {} }: Resources): HostStep[] {
  // #region solution-cpuset
  return (['cpus', 'mems'] as const).flatMap(kind => {
    const list = cpu[kind]
    if (list === undefined || list === '') return []
    const write = writes(by, path, `cpu.${kind} (--cpuset-${kind})`)
    return [
      write(`cpuset.${kind}`, list, kind === 'cpus' ? 'the processors it may run on' : 'the memory nodes it may use'),
    ]
  })
  // #endregion solution-cpuset
}

function cpu(path: string, { cpu = {} }: Resources): HostStep[] {
  const { quota, period, burst, idle, realtimePeriod, realtimeRuntime } = cpu
  // #region solution-cpu
  const write = writes(by, path, 'cpu.quota (--cpus, --cpu-quota)')
  const steps: HostStep[] = []
  // the period first: the quota is measured by it
  if (period !== undefined && period !== 0)
    steps.push(write('cpu.cfs_period_us', period, 'what the quota is a part of'))
  if (quota !== undefined && quota !== 0) {
    steps.push(write('cpu.cfs_quota_us', quota, 'microseconds of processor time in each period: then it waits'))
  }
  if (burst !== undefined) steps.push(write('cpu.cfs_burst_us', burst, 'what it saved it may use later, up to this'))
  // #endregion solution-cpu
  if (realtimePeriod !== undefined)
    steps.push(write('cpu.rt_period_us', realtimePeriod, 'the same, of realtime processes'))
  if (realtimeRuntime !== undefined)
    steps.push(write('cpu.rt_runtime_us', realtimeRuntime, 'the same, of realtime processes'))
  if (idle !== undefined) steps.push(write('cpu.idle', idle, 'only when nobody else wants the processor'))
  return steps
}

function memory(path: string, { memory = {} }: Resources): HostStep[] {
  const { limit, reservation, swap, swappiness, disableOOMKiller } = memory
  // #region solution-memory
  const steps: HostStep[] = []
  // the limit first: that of memory and swap together may not be below it
  if (limit !== undefined && limit !== 0) {
    const write = writes(by, path, 'memory.limit (--memory)')
    steps.push(
      write('memory.limit_in_bytes', limit, 'beyond it pages are taken back, and if none can be, a process is killed'),
    )
  }
  if (swap !== undefined && swap !== 0) {
    const write = writes(by, path, 'memory.swap (--memory-swap)')
    steps.push(write('memory.memsw.limit_in_bytes', swap, 'memory and swap together'))
  }
  if (reservation !== undefined && reservation !== 0) {
    const write = writes(by, path, 'memory.reservation (--memory-reservation)')
    steps.push(write('memory.soft_limit_in_bytes', reservation, 'what it is pushed back to when memory is short'))
  }
  // #endregion solution-memory
  if (swappiness !== undefined) {
    const write = writes(by, path, 'memory.swappiness (--memory-swappiness)')
    steps.push(write('memory.swappiness', swappiness, 'how soon its pages are swapped out'))
  }
  if (disableOOMKiller === true) {
    const write = writes(by, path, 'memory.disableOOMKiller (--oom-kill-disable)')
    steps.push(write('memory.oom_control', 1, 'at the limit it waits, instead of being killed'))
  }
  return steps
}

function pids(path: string, { pids }: Resources): HostStep[] {
  // #region solution-pids
  if (pids === undefined) return []
  const write = writes(by, path, 'pids.limit (--pids-limit)')
  return [write('pids.max', pids.limit > 0 ? pids.limit : 'max', 'a fork beyond it fails: the bomb stays in here')]
  // #endregion solution-pids
}
// #endregion part

function blkio(path: string, { blockIO = {} }: Resources, { limits }: Pick<Facts, 'limits'>): HostStep[] {
  const file = limits.bfq ? 'blkio.bfq.weight' : 'blkio.weight'
  const write = writes(by, path, 'blockIO.weight (--blkio-weight)')
  const { weight, weightDevice = [] } = blockIO
  return [
    ...(weight === undefined || weight === 0 ? [] : [write(file, weight, 'its part of the disk when all want it')]),
    ...weightDevice.flatMap(({ major, minor, weight: own }) =>
      own === undefined ? [] : [write(`${file}_device`, `${major}:${minor} ${own}`, 'the same, of one disk')],
    ),
    ...ioThrottles(blockIO).map(({ file: throttle, asked, major, minor, rate }) =>
      writes(by, path, asked)(throttle, `${major}:${minor} ${rate}`, 'a second, of this disk: what is more waits'),
    ),
  ]
}

function hugetlb(path: string, { hugepageLimits = [] }: Resources): HostStep[] {
  return hugepageLimits.map(({ pageSize, limit }) =>
    writes(by, path, 'hugepageLimits')(
      `hugetlb.${pageSizeFile(pageSize)}.limit_in_bytes`,
      limit,
      'memory in pages of this size',
    ),
  )
}

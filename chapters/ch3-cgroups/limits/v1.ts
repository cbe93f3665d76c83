/**
 * Limits on cgroup v1: a hierarchy for each controller, and for each a grammar of its own. Source:
 * Documentation/admin-guide/cgroup-v1/; config-linux.md.
 */

import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'
import type { Resources } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { directoriesOf } from '../cgroup/directories.js'
import { ioThrottles } from './quantities.js'
import { rdmaMost } from './rdma.js'
import { writes } from './writes.js'

const by = 'ch3.limitsV1'

// #region part
/** The limits of the controllers that live in v1 on this host. */
export const limitsV1: Pass = (spec, facts) => {
  const resources = spec.linux?.resources
  if (resources === undefined) return []
  const v1 = directoriesOf(spec, facts).filter(({ version }) => version === 1)
  // #region solution-places
  const inIts = (controller: string, limits: Limits): HostStep[] => {
    const directory = v1.find(({ controllers }) => controllers.includes(controller))
    return directory === undefined ? [] : limits(directory.path, resources, facts)
  }
  return Object.entries(limitsOf).flatMap(([controller, limits]) => inIts(controller, limits))
  // #endregion solution-places
}

/** Processor time: so much in each period. */
function time(path: string, { cpu = {} }: Resources): HostStep[] {
  const { quota = 0, period = 0, burst } = cpu // 0: nothing is said
  const write = writes(by, path, 'cpu.quota (--cpus, --cpu-quota)')
  // #region solution-time
  const steps: HostStep[] = []
  // the period first: a quota that is measured by the usual one can be more than the cgroup above has
  if (period !== 0) steps.push(write({ file: 'cpu.cfs_period_us', data: period, why: 'what the quota is a part of' }))
  if (quota !== 0) {
    const why = 'microseconds of processor time in each period: then it waits'
    steps.push(write({ file: 'cpu.cfs_quota_us', data: quota, why }))
  }
  if (burst !== undefined) {
    steps.push(write({ file: 'cpu.cfs_burst_us', data: burst, why: 'what it saved it may use later, up to this' }))
  }
  return steps
  // #endregion solution-time
}

/** How much of it. */
function memory(path: string, { memory = {} }: Resources): HostStep[] {
  const { limit = 0, swap = 0, reservation = 0 } = memory
  const write = {
    limit: writes(by, path, 'memory.limit (--memory)'),
    swap: writes(by, path, 'memory.swap (--memory-swap)'),
    reservation: writes(by, path, 'memory.reservation (--memory-reservation)'),
  }
  // #region solution-memory
  const steps: HostStep[] = []
  // the limit first: that of memory and swap together may not be below it
  if (limit !== 0) {
    const why = 'beyond it pages are taken back, and if none can be, a process is killed'
    steps.push(write.limit({ file: 'memory.limit_in_bytes', data: limit, why }))
  }
  if (swap !== 0)
    steps.push(write.swap({ file: 'memory.memsw.limit_in_bytes', data: swap, why: 'memory and swap together' }))
  if (reservation !== 0) {
    const why = 'what it is pushed back to when memory is short'
    steps.push(write.reservation({ file: 'memory.soft_limit_in_bytes', data: reservation, why }))
  }
  return steps
  // #endregion solution-memory
}
// #endregion part

type Limits = (path: string, resources: Resources, facts: Facts) => HostStep[]

/** By the controllers whose files they write. */
const limitsOf: Readonly<Record<string, Limits>> = {
  cpuset,
  cpu: (path, resources) => [...time(path, resources), ...classes(path, resources)],
  memory: (path, resources) => [...memory(path, resources), ...manners(path, resources)],
  pids,
  blkio,
  hugetlb,
  net_cls: netClass,
  net_prio: netPriorities,
  rdma: (path, { rdma = {} }) => rdmaMost(by, path, rdma),
}

function cpuset(path: string, { cpu = {} }: Resources): HostStep[] {
  return (['cpus', 'mems'] as const).flatMap(kind => {
    const list = cpu[kind]
    if (list === undefined || list === '') return []
    const why = kind === 'cpus' ? 'the processors it may run on' : 'the memory nodes it may use'
    return [writes(by, path, `cpu.${kind} (--cpuset-${kind})`)({ file: `cpuset.${kind}`, data: list, why })]
  })
}

/** Those that come before all others, and those that come after. */
function classes(path: string, { cpu = {} }: Resources): HostStep[] {
  const { idle, realtimePeriod, realtimeRuntime } = cpu
  const write = writes(by, path, 'cpu.realtimeRuntime, cpu.idle')
  const steps: HostStep[] = []
  const why = 'the same, of realtime processes'
  if (realtimePeriod !== undefined) steps.push(write({ file: 'cpu.rt_period_us', data: realtimePeriod, why }))
  if (realtimeRuntime !== undefined) steps.push(write({ file: 'cpu.rt_runtime_us', data: realtimeRuntime, why }))
  if (idle !== undefined) {
    steps.push(write({ file: 'cpu.idle', data: idle, why: 'only when nobody else wants the processor' }))
  }
  return steps
}

/** What is done when there is not enough. */
function manners(path: string, { memory = {} }: Resources): HostStep[] {
  const { swappiness, disableOOMKiller, kernelTCP = 0 } = memory
  const steps: HostStep[] = []
  if (kernelTCP !== 0) {
    const write = writes(by, path, 'memory.kernelTCP')
    steps.push(write({ file: 'memory.kmem.tcp.limit_in_bytes', data: kernelTCP, why: 'what TCP may keep for it' }))
  }
  if (swappiness !== undefined) {
    const write = writes(by, path, 'memory.swappiness (--memory-swappiness)')
    steps.push(write({ file: 'memory.swappiness', data: swappiness, why: 'how soon its pages are swapped out' }))
  }
  if (disableOOMKiller === true) {
    const write = writes(by, path, 'memory.disableOOMKiller (--oom-kill-disable)')
    steps.push(write({ file: 'memory.oom_control', data: 1, why: 'at the limit it waits, instead of being killed' }))
  }
  return steps
}

function pids(path: string, { pids }: Resources): HostStep[] {
  if (pids === undefined) return []
  const write = writes(by, path, 'pids.limit (--pids-limit)')
  const why = 'a fork beyond it fails: the bomb stays in here'
  return [write({ file: 'pids.max', data: pids.limit > 0 ? pids.limit : 'max', why })]
}

function blkio(path: string, { blockIO = {} }: Resources, { limits }: Pick<Facts, 'limits'>): HostStep[] {
  const file = limits.bfq ? 'blkio.bfq.weight' : 'blkio.weight'
  const write = writes(by, path, 'blockIO.weight (--blkio-weight)')
  const { weight, weightDevice = [] } = blockIO
  return [
    ...(weight === undefined || weight === 0
      ? []
      : [write({ file, data: weight, why: 'its part of the disk when all want it' })]),
    ...weightDevice.flatMap(({ major, minor, weight: own }) =>
      own === undefined
        ? []
        : [write({ file: `${file}_device`, data: `${major}:${minor} ${own}`, why: 'the same, of one disk' })],
    ),
    ...ioThrottles(blockIO).map(({ file: throttle, asked, major, minor, rate }) =>
      writes(
        by,
        path,
        asked,
      )({
        file: throttle,
        data: `${major}:${minor} ${rate}`,
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
      file: `hugetlb.${pageSize}.limit_in_bytes`,
      data: limit,
      why: 'memory in pages of this size',
    }),
  )
}

/** Source: cgroup-v1/net_cls.rst, net_prio.rst. */
function netClass(path: string, { network: { classID = 0 } = {} }: Resources): HostStep[] {
  if (classID === 0) return []
  const why = "a mark on its packets, by which the host's tc and firewall know them"
  return [writes(by, path, 'network.classID')({ file: 'net_cls.classid', data: classID, why })]
}

function netPriorities(path: string, { network: { priorities = [] } = {} }: Resources): HostStep[] {
  const write = writes(by, path, 'network.priorities')
  return priorities.map(({ name, priority }) =>
    write({
      file: 'net_prio.ifpriomap',
      data: `${name} ${priority}`,
      why: 'how urgent what it sends by this device is',
    }),
  )
}

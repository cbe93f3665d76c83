/**
 * Limits on cgroup v2: one hierarchy, one directory, and a grammar that all files share: `max` is no limit, a list has one
 * key a line. Source: Documentation/admin-guide/cgroup-v2.rst "Controllers"; config-linux.md.
 */

import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'
import type { Resources } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { directoriesOf } from '../cgroup/directories.js'
import { ioThrottles, pageSizeFile, swapAlone } from './quantities.js'
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
    ...(has('cpu') ? cpu(path, resources) : []),
    ...(has('memory') ? memory(path, resources) : []),
    ...(has('pids') ? pids(path, resources) : []),
    ...(has('io') ? io(path, resources, facts) : []),
    ...(has('hugetlb') ? hugetlb(path, resources) : []),
    ...unified(path, resources),
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
  const { quota, period, burst, idle } = cpu
  // #region solution-cpu
  const write = writes(by, path, 'cpu.quota (--cpus, --cpu-quota)')
  const steps: HostStep[] = []
  if (quota !== undefined || period !== undefined) {
    const most = quota === undefined || quota <= 0 ? 'max' : quota
    steps.push(
      write('cpu.max', `${most} ${period || 100000}`, 'microseconds of processor time in each period: then it waits'),
    )
  }
  // after the quota: it may be no larger than that
  if (burst !== undefined) steps.push(write('cpu.max.burst', burst, 'what it saved it may use later, up to this'))
  if (idle !== undefined) steps.push(write('cpu.idle', idle, 'only when nobody else wants the processor'))
  return steps
  // #endregion solution-cpu
}

function memory(path: string, { memory = {} }: Resources): HostStep[] {
  const { limit, reservation, swap } = memory
  // #region solution-memory
  const asked = (flag: string): string => `memory.${flag}`
  const steps: HostStep[] = []
  if (limit !== undefined && limit !== 0) {
    const write = writes(by, path, asked('limit (--memory)'))
    steps.push(
      write('memory.max', orMax(limit), 'beyond it pages are taken back, and if none can be, a process is killed'),
    )
  }
  const alone = swapAlone(memory)
  if (swap !== undefined && alone !== null) {
    const write = writes(by, path, asked('swap (--memory-swap)'))
    steps.push(write('memory.swap.max', orMax(alone), 'v2 counts swap alone: what is said of both, less the memory'))
  }
  if (reservation !== undefined && reservation !== 0) {
    const write = writes(by, path, asked('reservation (--memory-reservation)'))
    steps.push(write('memory.low', orMax(reservation), 'up to here others are made to give back first'))
  }
  return steps
  // #endregion solution-memory
}

function pids(path: string, { pids }: Resources): HostStep[] {
  // #region solution-pids
  if (pids === undefined) return []
  const write = writes(by, path, 'pids.limit (--pids-limit)')
  return [write('pids.max', pids.limit > 0 ? pids.limit : 'max', 'a fork beyond it fails: the bomb stays in here')]
  // #endregion solution-pids
}
// #endregion part

function io(path: string, { blockIO = {} }: Resources, { limits }: Pick<Facts, 'limits'>): HostStep[] {
  const weightFile = limits.bfq ? 'io.bfq.weight' : 'io.weight'
  // BFQ's weights go from 1 to 1000, as those of v1 do; io.weight to 10000
  const weightOf = (weight: number): number => (limits.bfq ? weight : Math.floor(1 + ((weight - 10) * 9999) / 990))
  const write = writes(by, path, 'blockIO.weight (--blkio-weight)')
  const { weight, weightDevice = [] } = blockIO
  return [
    ...(weight === undefined || weight === 0
      ? []
      : [write(weightFile, weightOf(weight), 'its part of the disk when all want it')]),
    ...weightDevice.flatMap(({ major, minor, weight: own }) =>
      own === undefined ? [] : [write(weightFile, `${major}:${minor} ${weightOf(own)}`, 'the same, of one disk')],
    ),
    ...ioThrottles(blockIO).map(({ key, asked, major, minor, rate }) =>
      writes(by, path, asked)(
        'io.max',
        `${major}:${minor} ${key}=${rate === 0 ? 'max' : rate}`,
        'a second, of this disk: what is more waits',
      ),
    ),
  ]
}

function hugetlb(path: string, { hugepageLimits = [] }: Resources): HostStep[] {
  return hugepageLimits.map(({ pageSize, limit }) =>
    writes(by, path, 'hugepageLimits')(`hugetlb.${pageSizeFile(pageSize)}.max`, limit, 'memory in pages of this size'),
  )
}

/** Last: who writes a file by its name means it. */
function unified(path: string, { unified = {} }: Resources): HostStep[] {
  return Object.entries(unified).map(([file, data]) =>
    writes(by, path, `unified (--cgroup-conf ${file})`)(file, data, 'asked for by the name of its file'),
  )
}

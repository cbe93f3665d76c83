/**
 * Memory added to what counts memory already.
 *
 * @rejected memory-and-swap
 * @says memory.memsw.limit_in_bytes holds '167772160'
 */

import { directoriesOf } from '#chapters/ch3-cgroups/cgroup/directories'
import { writes } from '#chapters/ch3-cgroups/limits/writes'
import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'
import type { Resources } from '#core/spec/runtime'

const by = 'lab'
const why = 'a limit'

export const limitsV1: Pass = (spec, facts) => {
  const resources = spec.linux?.resources
  if (resources === undefined) return []
  const v1 = directoriesOf(spec, facts).filter(({ version }) => version === 1)
  return Object.entries(limitsOf).flatMap(([controller, limits]) => {
    const directory = v1.find(({ controllers }) => controllers.includes(controller))
    return directory === undefined ? [] : limits(directory.path, resources)
  })
}

function time(path: string, { cpu = {} }: Resources): HostStep[] {
  const { quota = 0, period = 0, burst } = cpu
  const write = writes(by, path, 'cpu.quota')
  const steps: HostStep[] = []
  if (period !== 0) steps.push(write({ file: 'cpu.cfs_period_us', data: period, why }))
  if (quota !== 0) steps.push(write({ file: 'cpu.cfs_quota_us', data: quota, why }))
  if (burst !== undefined) steps.push(write({ file: 'cpu.cfs_burst_us', data: burst, why }))
  return steps
}

function memory(path: string, { memory = {} }: Resources): HostStep[] {
  const { limit = 0, swap = 0, reservation = 0 } = memory
  const write = writes(by, path, 'memory')
  const steps: HostStep[] = []
  if (limit !== 0) steps.push(write({ file: 'memory.limit_in_bytes', data: limit, why }))
  if (swap !== 0) steps.push(write({ file: 'memory.memsw.limit_in_bytes', data: swap < 0 ? swap : swap + limit, why }))
  if (reservation !== 0) steps.push(write({ file: 'memory.soft_limit_in_bytes', data: reservation, why }))
  return steps
}

const limitsOf: Readonly<Record<string, (path: string, resources: Resources) => HostStep[]>> = {
  cpuset,
  cpu: time,
  memory,
  pids,
}

function cpuset(path: string, { cpu = {} }: Resources): HostStep[] {
  return (['cpus', 'mems'] as const).flatMap(kind =>
    cpu[kind] ? [writes(by, path, 'cpuset')({ file: `cpuset.${kind}`, data: cpu[kind], why })] : [],
  )
}

function pids(path: string, { pids }: Resources): HostStep[] {
  if (pids === undefined) return []
  return [writes(by, path, 'pids')({ file: 'pids.max', data: pids.limit > 0 ? pids.limit : 'max', why })]
}

/**
 * 0 processes, word for word: not even the first one starts.
 *
 * @rejected processes
 * @says pids.max holds '0'
 */

import { directoriesOf } from '#chapters/ch3-cgroups/cgroup/directories'
import { writes } from '#chapters/ch3-cgroups/limits/writes'
import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'
import type { Resources } from '#core/spec/runtime'

const by = 'lab'
const why = 'a limit'
const orMax = (limit: number): string => (limit < 0 ? 'max' : String(limit))

export const limitsV2: Pass = (spec, facts) => {
  const directory = directoriesOf(spec, facts).find(({ version }) => version === 2)
  const resources = spec.linux?.resources
  if (directory === undefined || resources === undefined) return []
  const has = (controller: string): boolean => directory.controllers.includes(controller)
  const { path } = directory
  return [
    ...(has('cpu') ? time(path, resources) : []),
    ...(has('memory') ? memory(path, resources) : []),
    ...(has('pids') ? pids(path, resources) : []),
  ]
}

function time(path: string, { cpu = {} }: Resources): HostStep[] {
  const { quota, period, burst } = cpu
  const write = writes(by, path, 'cpu.quota')
  const steps: HostStep[] = []
  if (quota !== undefined || period !== undefined) {
    const most = quota === undefined || quota <= 0 ? 'max' : quota
    steps.push(write({ file: 'cpu.max', data: `${most} ${period || 100000}`, why }))
  }
  if (burst !== undefined) steps.push(write({ file: 'cpu.max.burst', data: burst, why }))
  return steps
}

function memory(path: string, { memory = {} }: Resources): HostStep[] {
  const { limit = 0, swap = 0, reservation = 0 } = memory
  const write = writes(by, path, 'memory')
  const steps: HostStep[] = []
  if (limit !== 0) steps.push(write({ file: 'memory.max', data: orMax(limit), why }))
  if (swap !== 0) {
    const alone = swap < 0 ? swap : Math.max(0, swap - Math.max(0, limit))
    steps.push(write({ file: 'memory.swap.max', data: orMax(alone), why }))
  }
  if (reservation !== 0) steps.push(write({ file: 'memory.low', data: orMax(reservation), why }))
  return steps
}

function pids(path: string, { pids }: Resources): HostStep[] {
  if (pids === undefined) return []
  return [writes(by, path, 'pids')({ file: 'pids.max', data: orMax(pids.limit), why })]
}

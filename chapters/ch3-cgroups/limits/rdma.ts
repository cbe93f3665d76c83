/** Handles and objects of RDMA devices: the one limit that both versions of cgroups write alike. Source: cgroup-v2.rst "RDMA". */

import type { HostStep } from '#core/plan/step'
import type { Resources } from '#core/spec/runtime'
import { writes } from './writes.js'

export function rdmaMost(by: string, path: string, rdma: NonNullable<Resources['rdma']>): HostStep[] {
  const write = writes(by, path, 'rdma')
  return Object.entries(rdma).map(([device, { hcaHandles, hcaObjects }]) => {
    const limits = [
      ...(hcaHandles === undefined ? [] : [`hca_handle=${hcaHandles}`]),
      ...(hcaObjects === undefined ? [] : [`hca_object=${hcaObjects}`]),
    ]
    return write({ file: 'rdma.max', data: [device, ...limits].join(' '), why: 'how much of this device it may hold' })
  })
}

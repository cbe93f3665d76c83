/** `events`: what a container has used so far, in the words of runc's, which shims of containerd 1.0 and scripts read. */

import { setTimeout as sleep } from 'node:timers/promises'
import { out } from '#core/cli/print'
import type { ContainerRecord } from '#core/exec/state'
import { isAlive } from '#core/sys/identity'
import { probeFacts } from '#core/sys/probe'
import { changing, directoriesOf } from '../../ch3-cgroups/index.js'
import type { Containers } from './containers.js'

/** One line of JSON. @returns null when its cgroup is gone */
async function statsOf({ id, spec, init }: ContainerRecord): Promise<object | null> {
  const { takeSample } = await changing()
  const sample = takeSample(directoriesOf(spec!, probeFacts()), init!.pid)
  if (sample === null) return null
  const { cpu, memory, pids, network, disks } = sample
  return {
    type: 'stats',
    id,
    data: {
      cpu: { usage: { total: cpu.usage ?? 0 }, throttling: { throttledTime: cpu.throttled ?? 0 } },
      memory: { usage: { limit: memory.limit ?? 0, usage: memory.usage ?? 0, max: memory.peak ?? 0 } },
      pids: { current: pids.current ?? 0, limit: pids.limit ?? 0 },
      blkio: disks === null ? {} : { ioServiceBytesRecursive: bytesOf(disks.in, disks.out) },
      ...(network === null
        ? {}
        : { network_interfaces: [{ Name: 'eth0', RxBytes: network.in, TxBytes: network.out }] }),
    },
  }
}

/** Of all disks together: a line of one would say which. */
const bytesOf = (read: number, written: number) => [
  { op: 'Read', value: read },
  { op: 'Write', value: written },
]

/** @param interval in milliseconds, until the container ends; null: once */
export async function events(containers: Containers, id: string, interval: number | null): Promise<void> {
  const record = containers.alive(id)
  for (;;) {
    const stats = await statsOf(record)
    if (stats === null) return
    out(`${JSON.stringify(stats)}\n`)
    if (interval === null) return
    await sleep(interval)
    if (!isAlive(record.init!)) return
  }
}

/**
 * execCPUAffinity: on which processors a process of `exec` is put, before it counts as the container's and afterwards. Where the
 * container has some processors to itself, nobody of the host is to run there for a moment, nor it on the host's. Both by the host, while
 * the stage waits for its program: what it forks is where it is. Source: config.md "execCPUAffinity", sched_setaffinity(2).
 */

import type { Parts } from '#core/chapter'
import type { Step } from '#core/plan/step'
import type { Process } from '#core/spec/runtime'

const at = { op: 'sched_setaffinity', phase: 'join', by: 'ch7.affinity', of: 'stage' } as const

/** @param join puts it into the cgroup: by its place between the two they are in order */
export function withAffinity({ execCPUAffinity = {} }: Process, join: Parts): Parts {
  const { initial = '', final = '' } = execCPUAffinity
  const put = (cpus: string, why: string) => (): Step[] => (cpus.trim() === '' ? [] : [{ ...at, cpus, why }])
  return {
    initialAffinity: put(initial, 'where it is to wait, before it is in the cgroup of the container'),
    ...join,
    // without it the kernel decides, by the processors of the cgroup
    finalAffinity: put(final, 'where it is to run: what joins a cgroup is put on the processors of that'),
  }
}

/**
 * A new cpuset of v1 has no processor and takes no process in until it is given some: it gets all that there are, and a limit
 * can take some away. Pure. Source: cpuset(7).
 */

import type { HostStep } from '#core/plan/step'

const at = { phase: 'prepare', by: 'ch3.makeCgroup' } as const

/** @param allowed what the cgroup above has */
export const fillCpuset = (path: string, allowed: { readonly cpus: string; readonly mems: string }): HostStep[] =>
  (['cpus', 'mems'] as const).map(kind => ({
    ...at,
    op: 'write_cgroup',
    path: `${path}/cpuset.${kind}`,
    data: allowed[kind],
    asked: `all ${kind} that there are`,
    why: 'a new cpuset is empty, and takes no process before it is filled',
  }))

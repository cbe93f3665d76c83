/**
 * The time namespace: how long ago the machine was started, as the container sees it.
 *
 * Like that of pids it takes in children only, and its clocks can be set until the first of them is inside. It is made
 * before any id is taken on: a process that changed its uid may not write to its own files in /proc any more, until it
 * calls execve. Source: time_namespaces(7); proc(5), PR_SET_DUMPABLE(2const).
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates, type Spec } from '#core/spec/runtime'

const at = { phase: 'isolate', by: 'ch2.clocks' } as const

// #region part
export const clocks: Pass = spec => {
  if (!isolates(spec, 'time')) return []
  const steps: Step[] = [
    { ...at, op: 'unshare', flags: ['CLONE_NEWTIME'], why: 'clocks of its own, for children to come' },
  ]
  const offsets = timeOffsets(spec)
  if (offsets !== '') {
    steps.push({
      ...at,
      op: 'write',
      path: '/proc/self/timens_offsets',
      data: offsets,
      why: 'clocks can be set only until the first process is inside',
    })
  }
  return steps
}
// #endregion part

/** A line for each clock: `<clock> <seconds> <nanoseconds>`. */
function timeOffsets({ linux }: Spec): string {
  return Object.entries(linux?.timeOffsets ?? {})
    .map(([clock, { secs = 0, nanosecs = 0 }]) => `${clock} ${secs} ${nanosecs}\n`)
    .join('')
}

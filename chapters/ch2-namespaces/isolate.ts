/**
 * Namespaces: what the process sees of the machine, made private one kind at a time.
 *
 * The user namespace comes first and alone, in a phase of its own: it owns the others only if it exists when they are
 * made, and the host has to give it its ids before anything else happens. unshare(2) of the pid namespace does not move the
 * caller, only its future children: hence the fork. Source: namespaces(7), unshare(2).
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates, type NamespaceType } from '#core/spec/runtime'
import type { CloneFlag } from '#core/sys/constants'

const at = { phase: 'isolate', by: 'ch2.isolate' } as const

const flagOf: Readonly<Record<Exclude<NamespaceType, 'user' | 'time'>, CloneFlag>> = {
  mount: 'CLONE_NEWNS',
  uts: 'CLONE_NEWUTS',
  ipc: 'CLONE_NEWIPC',
  network: 'CLONE_NEWNET',
  pid: 'CLONE_NEWPID',
  cgroup: 'CLONE_NEWCGROUP',
}

// #region part
export const isolate: Pass = spec => {
  // #region solution
  const steps: Step[] = []
  if (isolates(spec, 'user')) {
    steps.push({
      ...at,
      op: 'unshare',
      flags: ['CLONE_NEWUSER'],
      phase: 'enter',
      why: 'first and alone: it will own the other namespaces, and the host must map its ids before we go on',
    })
  }
  const flags = Object.entries(flagOf).flatMap(([type, flag]) => (isolates(spec, type as NamespaceType) ? [flag] : []))
  if (flags.length > 0)
    steps.push({
      ...at,
      op: 'unshare',
      flags,
      why: 'all at once: each is owned by the user namespace that we are in by now',
    })
  return steps
  // #endregion solution
}
// #endregion part

/**
 * First and alone, but in the phase of the others: the host has written its maps by then, to a process in no new namespace.
 * @rejected mapped-before-the-others
 * @says after the host wrote its maps
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates, type NamespaceType } from '#core/spec/runtime'
import type { CloneFlag } from '#core/sys/constants'

const at = { phase: 'isolate', by: 'ch2.isolate' } as const

const flagOf: Readonly<Record<string, CloneFlag>> = {
  mount: 'CLONE_NEWNS',
  uts: 'CLONE_NEWUTS',
  ipc: 'CLONE_NEWIPC',
  network: 'CLONE_NEWNET',
  pid: 'CLONE_NEWPID',
  cgroup: 'CLONE_NEWCGROUP',
}

export const isolate: Pass = spec => {
  const steps: Step[] = []
  if (isolates(spec, 'user')) steps.push({ ...at, op: 'unshare', flags: ['CLONE_NEWUSER'], why: 'first and alone' })
  const flags = Object.entries(flagOf).flatMap(([type, flag]) => (isolates(spec, type as NamespaceType) ? [flag] : []))
  if (flags.length > 0) steps.push({ ...at, op: 'unshare', flags, why: 'the others' })
  return steps
}

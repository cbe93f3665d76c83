/**
 * Unshares pids once more right before the fork, because it counts for children only: the second call gets EINVAL, for a
 * process that waits for its first child already has its next pid namespace. Only a real run shows it.
 * @rejected namespaces-of-its-own
 * @says EINVAL
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
  if (isolates(spec, 'user')) {
    steps.push({ ...at, op: 'unshare', flags: ['CLONE_NEWUSER'], phase: 'enter', why: 'first and alone' })
  }
  const flags = Object.entries(flagOf).flatMap(([type, flag]) => (isolates(spec, type as NamespaceType) ? [flag] : []))
  if (flags.length > 0) steps.push({ ...at, op: 'unshare', flags, why: 'the others' })
  if (isolates(spec, 'pid')) {
    steps.push({ ...at, op: 'unshare', flags: ['CLONE_NEWPID'], why: 'the fork comes next: for the child' })
  }
  return steps
}

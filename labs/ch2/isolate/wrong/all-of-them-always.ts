/**
 * A container has namespaces, so it gets them all: --net host and --no-uts say nothing any more.
 * @rejected none-that-is-not
 * @says which nobody asked for
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates } from '#core/spec/runtime'
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
  const flags = Object.values(flagOf)
  if ((spec.linux?.namespaces?.length ?? 0) > 0) steps.push({ ...at, op: 'unshare', flags, why: 'the others' })
  return steps
}

/**
 * Takes the types in the order of the spec, where the user namespace stands last: root of the host owns the others.
 * @rejected mapped-before-the-others
 * @says belong to root of the host
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
  user: 'CLONE_NEWUSER',
}

export const isolate: Pass = spec =>
  Object.entries(flagOf).flatMap(([type, flag]): Step[] =>
    isolates(spec, type as NamespaceType) ? [{ ...at, op: 'unshare', flags: [flag], why: `${type} of its own` }] : [],
  )

/**
 * One call for all, since unshare makes the user namespace first by itself: true, but nobody has mapped an id in it by then.
 * @rejected mapped-before-the-others
 * @says CLONE_NEWUSER together with others
 */

import type { Pass } from '#core/plan/assemble'
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

export const isolate: Pass = spec => {
  const flags = Object.entries(flagOf).flatMap(([type, flag]) => (isolates(spec, type as NamespaceType) ? [flag] : []))
  return flags.length === 0 ? [] : [{ ...at, op: 'unshare', flags, why: 'all in one call' }]
}

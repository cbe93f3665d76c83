/**
 * One directory, as on v2: on v1 every controller has its own, and in all others the process stays where we are.
 *
 * @rejected every-hierarchy
 * @says none for /sys/fs/cgroup/cpuset
 */

import { type Directory, directoriesOf } from '#chapters/ch3-cgroups/cgroup/directories'
import type { Pass } from '#core/plan/assemble'
import { isolates, type Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'

const at = { by: 'lab', why: 'counted from the first instruction' } as const

function isBornInside(spec: Spec, directories: readonly Directory[], { cloneInto }: Facts): boolean {
  if (directories.length === 0) return false
  return directories.every(({ version }) => version === 2) && cloneInto && !isolates(spec, 'user')
}

export const gate: Pass = (spec, facts) => {
  const directories = directoriesOf(spec, facts)
  if (isBornInside(spec, directories, facts)) {
    return directories.map(({ path }) => ({ ...at, op: 'open_cgroup', phase: 'isolate', path }))
  }
  return directories.slice(0, 1).map(({ path }) => ({ ...at, op: 'join_cgroup', phase: 'join', path, of: 'stage' }))
}

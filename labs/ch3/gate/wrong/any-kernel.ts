/**
 * Whatever the kernel: before 5.7 it does not know the flag, and refuses the whole call.
 *
 * @rejected not-everywhere
 * @says 'v2 before Linux 5.7': init is to be born inside
 */

import { type Directory, directoriesOf } from '#chapters/ch3-cgroups/cgroup/directories'
import type { Pass } from '#core/plan/assemble'
import { isolates, type Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'

const at = { by: 'lab', why: 'counted from the first instruction' } as const

function isBornInside(spec: Spec, directories: readonly Directory[], _: Facts): boolean {
  if (directories.length === 0) return false
  return directories.every(({ version }) => version === 2) && !isolates(spec, 'user')
}

export const gate: Pass = (spec, facts) => {
  const directories = directoriesOf(spec, facts)
  if (isBornInside(spec, directories, facts)) {
    return directories.map(({ path }) => ({ ...at, op: 'open_cgroup', phase: 'isolate', path }))
  }
  return directories.map(({ path }) => ({ ...at, op: 'join_cgroup', phase: 'join', path, of: 'stage' }))
}

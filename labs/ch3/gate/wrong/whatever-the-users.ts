/**
 * Born inside with a user namespace, too. Its root does not own the directory: EACCES.
 *
 * @rejected not-everywhere
 * @says 'v2, with a user namespace': init is to be born inside
 */

import { type Directory, directoriesOf } from '#chapters/ch3-cgroups/cgroup/directories'
import type { Pass } from '#core/plan/assemble'
import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'

const at = { by: 'lab', why: 'counted from the first instruction' } as const

function isBornInside(_: Spec, directories: readonly Directory[], { cloneInto }: Facts): boolean {
  if (directories.length === 0) return false
  return directories.every(({ version }) => version === 2) && cloneInto
}

export const gate: Pass = (spec, facts) => {
  const directories = directoriesOf(spec, facts)
  if (isBornInside(spec, directories, facts)) {
    return directories.map(({ path }) => ({ ...at, op: 'open_cgroup', phase: 'isolate', path }))
  }
  return directories.map(({ path }) => ({ ...at, op: 'join_cgroup', phase: 'join', path, of: 'stage' }))
}

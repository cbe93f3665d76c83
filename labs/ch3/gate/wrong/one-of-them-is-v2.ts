/**
 * Born inside as soon as there is a v2 among the hierarchies. On a hybrid it is the one without controllers.
 *
 * @rejected not-everywhere
 * @says 'hybrid': init is to be born inside
 */

import { type Directory, directoriesOf } from '#chapters/ch3-cgroups/cgroup/directories'
import type { Pass } from '#core/plan/assemble'
import { isolates, type Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'

const at = { by: 'lab', why: 'counted from the first instruction' } as const

function isBornInside(spec: Spec, directories: readonly Directory[], { cloneInto }: Facts): boolean {
  if (directories.length === 0) return false
  return directories.some(({ version }) => version === 2) && cloneInto && !isolates(spec, 'user')
}

export const gate: Pass = (spec, facts) => {
  const directories = directoriesOf(spec, facts)
  if (isBornInside(spec, directories, facts)) {
    return directories.map(({ path }) => ({ ...at, op: 'open_cgroup', phase: 'isolate', path }))
  }
  return directories.map(({ path }) => ({ ...at, op: 'join_cgroup', phase: 'join', path, of: 'stage' }))
}

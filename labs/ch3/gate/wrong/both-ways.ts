/**
 * To be on the safe side it joins and is born inside. The stage, which has no business in there, is counted and limited
 * with it.
 *
 * @rejected one-way
 * @says both: the stage joins, and init is born inside
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
    return directories.flatMap(({ path }) => [
      { ...at, op: 'join_cgroup', phase: 'join', path, of: 'stage' } as const,
      { ...at, op: 'open_cgroup', phase: 'isolate', path } as const,
    ])
  }
  return directories.map(({ path }) => ({ ...at, op: 'join_cgroup', phase: 'join', path, of: 'stage' }))
}

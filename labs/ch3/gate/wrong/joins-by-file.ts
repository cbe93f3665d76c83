/**
 * The file that is written to, as one does it by hand: the op writes to cgroup.procs itself.
 *
 * @rejected every-hierarchy
 * @says /cgroup.procs
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
  return directories.map(({ path }) => ({
    ...at,
    op: 'join_cgroup',
    phase: 'join',
    path: `${path}/cgroup.procs`,
    of: 'stage',
  }))
}

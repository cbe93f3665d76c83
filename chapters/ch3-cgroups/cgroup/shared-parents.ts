/**
 * The cgroups above a container's: shared, made by the first, removed by the last. On v2 a controller is there for a cgroup
 * only when the one above has enabled it for its children, from the top down. Pure. Source: cgroup-v2.rst, "Enabling and
 * Disabling".
 */

import type { Ensured } from '#core/exec/shared'
import type { HostStep } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { cgroupPathOf, type Directory, directoriesOf, parentsOf } from './directories.js'
import { fillCpuset } from './fill-cpuset.js'

const at = { phase: 'prepare', by: 'ch3.makeCgroup' } as const

/** Those that limits are set with, by the names of v2. */
const wanted = ['cpuset', 'cpu', 'io', 'memory', 'pids', 'hugetlb']

/** What is held of a container's parents and by whom; null when it has none. */
export function parentResource({
  linux,
}: Pick<Spec, 'linux'>): { readonly resource: string; readonly user: string } | null {
  const names = cgroupPathOf(linux?.cgroupsPath ?? '').split('/')
  const user = names.pop()!
  return names.length < 2 ? null : { resource: `cgroup${names.join(':')}`, user }
}

export function sharedParents(spec: Spec, facts: Facts): Ensured {
  const directories = directoriesOf(spec, facts)
  return {
    make: directories.flatMap(directory => [
      ...parentsOf(directory).flatMap(path => makeParent(directory, path, facts)),
      ...enable(directory),
    ]),
    remove: directories.flatMap(directory =>
      parentsOf(directory)
        .reverse()
        .map(
          (path): HostStep => ({
            ...at,
            op: 'remove_cgroup',
            path,
            kill: false,
            // somebody else's are in it, or it is gone with the hierarchy
            tolerate: ['ENOENT', 'EBUSY', 'ENOTEMPTY'],
            why: 'nobody uses it any more',
          }),
        ),
    ),
  }
}

function makeParent({ version, controllers }: Directory, path: string, facts: Facts): HostStep[] {
  const make: HostStep = { ...at, op: 'make_cgroup', path, tolerate: ['EEXIST'], why: 'the group of all containers' }
  return version === 1 && controllers.includes('cpuset') ? [make, ...fillCpuset(path, facts)] : [make]
}

// #region enable
function enable(directory: Directory): HostStep[] {
  const controllers = wanted.filter(name => directory.controllers.includes(name))
  if (directory.version === 1 || controllers.length === 0) return []
  return [directory.home, ...parentsOf(directory)].map(path => ({
    ...at,
    op: 'enable_controllers',
    path,
    controllers,
    why: 'what the cgroup above does not enable, the one below does not have',
  }))
}
// #endregion enable

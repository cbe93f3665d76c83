/** Makes the container's cgroup: a directory in each hierarchy. Source: cgroups(7). */

import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'
import { type Directory, directoriesOf } from './directories.js'
import { fillCpuset } from './fill-cpuset.js'
import { parentResource } from './shared-parents.js'

const at = { phase: 'prepare', by: 'ch3.makeCgroup' } as const

// #region make
export const makeCgroup: Pass = (spec, facts) => {
  const directories = freezerLast(directoriesOf(spec, facts))
  const resource = parentResource(spec)
  const hold: HostStep[] =
    directories.length === 0 || resource === null
      ? []
      : [
          {
            ...at,
            op: 'hold',
            ...resource,
            why: 'the cgroup above it is used by others, too: the last to leave removes it',
          },
        ]
  return [
    ...hold,
    ...directories.flatMap(({ version, path, controllers }): HostStep[] => [
      {
        ...at,
        op: 'make_cgroup',
        path,
        why:
          version === 2 ? 'a group of processes to set limits to' : `the same group, for ${controllers.join(' and ')}`,
      },
      ...(version === 1 && controllers.includes('cpuset') ? fillCpuset(path, facts) : []),
    ]),
  ]
}
// #endregion make

/**
 * What is made last is taken back first, and ends all that is in there. v1's freezer has to be the one: only there a process
 * can be thawed, and one that is frozen does not notice that it was killed.
 */
const freezerLast = (directories: readonly Directory[]): readonly Directory[] => {
  const isFreezer = ({ controllers }: Directory): boolean => controllers.includes('freezer')
  return [...directories.filter(one => !isFreezer(one)), ...directories.filter(isFreezer)]
}

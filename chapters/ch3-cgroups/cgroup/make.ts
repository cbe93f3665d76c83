/**
 * Makes the container's cgroup. A new cpuset of v1 has no processor and takes no process in until it is given some: it gets
 * all that there are, and a limit can take some away. Source: cpuset(7).
 */

import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'
import { type Directory, directoriesOf } from './directories.js'
import { parentResource } from './shared-parents.js'

const at = { phase: 'prepare', by: 'ch3.makeCgroup' } as const

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

/**
 * What is made last is taken back first, and ends all that is in there. v1's freezer has to be the one: only there a process
 * can be thawed, and one that is frozen does not notice that it was killed.
 */
const freezerLast = (directories: readonly Directory[]): readonly Directory[] => {
  const isFreezer = ({ controllers }: Directory): boolean => controllers.includes('freezer')
  return [...directories.filter(one => !isFreezer(one)), ...directories.filter(isFreezer)]
}

/** @param allowed what the cgroup above has */
export const fillCpuset = (path: string, allowed: { readonly cpus: string; readonly mems: string }): HostStep[] =>
  (['cpus', 'mems'] as const).map(kind => ({
    ...at,
    op: 'write_cgroup',
    path: `${path}/cpuset.${kind}`,
    data: allowed[kind],
    asked: `all ${kind} that there are`,
    why: 'a new cpuset is empty, and takes no process before it is filled',
  }))

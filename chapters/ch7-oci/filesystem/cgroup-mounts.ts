/**
 * A mount of type `cgroup` is no single one: on v2 it is the one hierarchy, on v1 and hybrid hosts a tmpfs with a directory for each
 * hierarchy. With a cgroup namespace the container sees its own cgroup as the top; without one, its own cgroup is bound there.
 * Source: config-linux.md "Default Filesystems", cgroup_namespaces(7). Pure.
 */

import type { Pass } from '#core/plan/assemble'
import { isolates, type Mount, type Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { directoriesOf } from '../../ch3-cgroups/index.js'

export const withCgroupMounts = (spec: Spec, facts: Facts): Spec => ({
  ...spec,
  mounts: (spec.mounts ?? []).flatMap(mount => (mount.type === 'cgroup' ? expanded(mount, spec, facts) : [mount])),
})

function expanded({ destination, options = [] }: Mount, spec: Spec, facts: Facts): Mount[] {
  const own = directoriesOf(spec, facts)
  const isOwn = isolates(spec, 'cgroup')
  if (facts.cgroup === 'v2') {
    return isOwn
      ? [{ destination, type: 'cgroup2', source: 'cgroup', options }]
      : own.map(({ path }) => bound(destination, path, options))
  }
  const others = options.filter(option => !['ro', 'relatime'].includes(option))
  const below = facts.hierarchies
    .filter(({ version }) => version === 1)
    .flatMap((hierarchy): Mount[] => {
      const at = `${destination}/${hierarchy.point.split('/').at(-1)}`
      if (isOwn) {
        return [
          { destination: at, type: 'cgroup', source: 'cgroup', options: [...options, hierarchy.controllers.join(',')] },
        ]
      }
      const path = own.find(({ point }) => point === hierarchy.point)?.path
      return path === undefined ? [] : [bound(at, path, options)]
    })
  return [{ destination, type: 'tmpfs', source: 'tmpfs', options: [...others, 'mode=755'] }, ...below]
}

const bound = (destination: string, source: string, options: readonly string[]): Mount => ({
  destination,
  type: 'bind',
  source,
  options: ['rbind', ...options],
})

/** The tmpfs of v1 is written to until its directories are there. @param before as config.json has it */
export const sealCgroups =
  (before: Spec): Pass =>
  (_, facts) =>
    (before.mounts ?? [])
      .filter(({ type, options }) => type === 'cgroup' && facts.cgroup !== 'v2' && options?.includes('ro') === true)
      .map(({ destination }) => ({
        op: 'mount_setattr',
        target: destination,
        set: ['MOUNT_ATTR_RDONLY'],
        clear: [],
        recursive: false,
        phase: 'seal',
        by: 'ch7.sealCgroups',
        why: 'the directories of the hierarchies are in it: now it is as the spec wants it',
      }))

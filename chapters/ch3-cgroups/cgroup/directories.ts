/**
 * Where a container's cgroup is: one directory in v2, one in each hierarchy of v1. Pure. Source: config-linux.md
 * "Cgroups Path"; cgroups(7).
 */

import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import type { Hierarchy } from '#core/sys/hierarchies'

/** Where the cgroups of those lie who name no place of their own. */
export const parent = 'mini-docker'

export interface Directory extends Hierarchy {
  readonly path: string
}

/** `web` → `/mini-docker/web`, `/a/b` as it is: below home, without empty names. */
export function cgroupPathOf(wanted: string): string {
  const names = wanted.split('/').filter(name => name !== '' && name !== '.')
  return `/${(wanted.startsWith('/') ? names : [parent, ...names]).join('/')}`
}

/** None when the spec does not say where, or none can be made: then the container stays in ours. */
export function directoriesOf(
  { linux }: Pick<Spec, 'linux'>,
  { hierarchies }: Pick<Facts, 'hierarchies'>,
): Directory[] {
  const wanted = linux?.cgroupsPath
  if (wanted === undefined) return []
  const open = hierarchies.filter(({ closed }) => closed === undefined)
  return open.map(hierarchy => ({ ...hierarchy, path: `${hierarchy.home}${cgroupPathOf(wanted)}` }))
}

/** The directories above it and below home, the upper ones first. */
export function parentsOf({ home, path }: Directory): string[] {
  const names = path.slice(home.length + 1).split('/')
  return names.slice(0, -1).map((_, i) => `${home}/${names.slice(0, i + 1).join('/')}`)
}

export const withController = (directories: readonly Directory[], name: string): Directory | undefined =>
  directories.find(({ controllers }) => controllers.includes(name))

/**
 * What of a container CRIU does not carry along, since it is the host's: bound directories and devices, the /dev/null over what is masked,
 * namespaces that were there before. Each gets a name in the images; at the restore that name is told where it is to be had now. Pure.
 *
 * The names are runc's, whose images can be restored here. Source: criu(8) --external, --inherit-fd, --join-ns; criu.org
 * "External bind mounts", "External namespaces".
 */

import { type Parts, passesOf } from '#core/chapter'
import { fail } from '#core/errors'
import { collect } from '#core/plan/assemble'
import type { NamespaceType, Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'

/** One that is bound into the container, as its plan does it. */
export interface Bind {
  /** By config.json. */
  readonly target: string
  readonly source: string
}

/** @param parts of the chapter: those that mount */
export function bindsOf({ mounts, devices, specDevices }: Parts, spec: Spec, facts: Facts): Bind[] {
  const passes = passesOf({ mounts: mounts!, devices: devices!, specDevices: specDevices! })
  return collect(passes, spec, facts).steps.flatMap(step =>
    step.op === 'mount' && step.source !== null && step.flags.includes('MS_BIND')
      ? [{ target: step.target, source: step.source }]
      : [],
  )
}

/** What is there at a path of the container. */
export interface Place {
  /** Without symlinks: where the kernel says that it is mounted. */
  readonly path: string
  readonly isDirectory: boolean
}

type MountMap = readonly { readonly key: string; readonly val: string }[]

/** At the dump, mount → name. @param places by their paths in config.json: null is not there */
export function namedMounts(
  binds: readonly Bind[],
  { linux }: Spec,
  places: ReadonlyMap<string, Place | null>,
): MountMap {
  const masked = (linux?.maskedPaths ?? []).filter(path => places.get(path)?.isDirectory === false)
  return [
    ...binds.map(({ target }) => ({ key: places.get(target)?.path ?? target, val: target })),
    ...masked.map(key => ({ key, val: '/dev/null' })),
  ]
}

/** At the restore, name → what the host has there now. */
export const mountsByName = (binds: readonly Bind[], { linux }: Spec): MountMap => [
  ...binds.map(({ target, source }) => ({ key: target, val: source })),
  ...((linux?.maskedPaths ?? []).length === 0 ? [] : [{ key: '/dev/null', val: '/dev/null' }]),
]

/** Those that CRIU is given as open files; the others it joins by itself. */
const inherited = { network: ['net', 'extRootNetNS'], pid: ['pid', 'extRootPidNS'] } as const
const joined: Readonly<Partial<Record<NamespaceType, string>>> = { ipc: 'ipc', uts: 'uts', user: 'user', time: 'time' }

/** A namespace that was there before the container. */
export interface Shared {
  readonly type: NamespaceType
  readonly path: string
}

export const sharedNamespaces = ({ linux }: Spec): Shared[] =>
  (linux?.namespaces ?? []).flatMap(({ type, path }) => (path === undefined ? [] : [{ type, path }]))

const isInherited = ({ type }: Shared): boolean => type in inherited

export const inheritedNamespaces = (spec: Spec): Shared[] => sharedNamespaces(spec).filter(isInherited)

/** At the dump. @param inodeOf a path */
export const namedNamespaces = (spec: Spec, inodeOf: (path: string) => number): string[] =>
  inheritedNamespaces(spec).map(({ type, path }) => {
    const [kind, name] = inherited[type as keyof typeof inherited]
    return `${kind}[${inodeOf(path)}]:${name}`
  })

/** At the restore. @param first fd of those that are inherited, in the order of `inheritedNamespaces` */
export const namespaceFds = (spec: Spec, first: number): { key: string; fd: number }[] =>
  inheritedNamespaces(spec).map(({ type }, index) => ({
    key: inherited[type as keyof typeof inherited][1],
    fd: first + index,
  }))

/** @throws MiniDockerError Unsupported */
export const joinedNamespaces = (spec: Spec): { ns: string; ns_file: string }[] =>
  sharedNamespaces(spec)
    .filter(one => !isInherited(one))
    .map(({ type, path }) => {
      const ns = joined[type]
      if (ns !== undefined) return { ns, ns_file: path }
      return fail('Unsupported', {
        what: `restore into the ${type} namespace '${path}'`,
        why: 'criu joins none of these',
        hint: 'leave its path out of config.json',
      })
    })

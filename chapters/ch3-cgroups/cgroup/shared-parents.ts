/**
 * The cgroups above a container's: shared, made by the first, removed by the last. On v2 a controller is there for a cgroup
 * only when the one above has enabled it for its children, from the top down; and that can only be one which holds no
 * processes itself. Where home is a container's or a delegated cgroup, we are such a process: all that are in there go into a
 * leaf first, and back in the end. Pure. Source: cgroup-v2.rst, "Enabling and Disabling", "No Internal Process Constraint",
 * "Delegation".
 */

import type { Ensured } from '#core/exec/shared'
import type { HostStep } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { leafName } from '#core/sys/hierarchies'
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
  return user === '' ? null : { resource: `cgroup${names.join(':')}`, user }
}

/** @param isThere whether a directory is: most often others use it, and it need not be made */
export function sharedParents(spec: Spec, facts: Facts, isThere: (path: string) => boolean = () => false): Ensured {
  const directories = directoriesOf(spec, facts)
  return {
    make: directories.flatMap(directory => [
      ...parentsOf(directory).flatMap(path => makeParent(directory, path, facts, isThere(path))),
      ...(isCrowded(directory) ? clearHome(directory) : []),
      ...enable(directory),
    ]),
    remove: directories.flatMap(directory => [
      ...parentsOf(directory)
        .reverse()
        .map(path => remove(path, 'nobody uses it any more')),
      ...(isCrowded(directory) ? refillHome(directory) : []),
    ]),
  }
}

const remove = (path: string, why: string): HostStep => ({
  ...at,
  op: 'remove_cgroup',
  path,
  kill: false,
  // somebody else's are in it, or it is gone with the hierarchy
  tolerate: ['ENOENT', 'EBUSY', 'ENOTEMPTY'],
  why,
})

function makeParent({ version, controllers }: Directory, path: string, facts: Facts, isThere: boolean): HostStep[] {
  const make: HostStep = { ...at, op: 'make_cgroup', path, tolerate: ['EEXIST'], why: 'the group of all containers' }
  return [
    ...(isThere ? [] : [make]),
    // there, but perhaps not filled yet by who is making it right now
    ...(version === 1 && controllers.includes('cpuset') ? fillCpuset(path, facts) : []),
  ]
}

const enabledIn = ({ version, controllers }: Directory): string[] =>
  version === 1 ? [] : wanted.filter(name => controllers.includes(name))

/** Without controllers to hand down nothing has to move. */
const isCrowded = (directory: Directory): boolean => directory.crowded && enabledIn(directory).length > 0

/** As it is done where Docker runs in Docker, and as systemd wants it of those to whom it delegates. */
function clearHome({ home }: Directory): HostStep[] {
  const leaf = `${home}/${leafName}`
  return [
    { ...at, op: 'make_cgroup', path: leaf, tolerate: ['EEXIST'], why: 'for the processes of the cgroup above' },
    {
      ...at,
      op: 'move_processes',
      from: home,
      to: leaf,
      why: 'a cgroup whose children have controllers may hold none itself',
    },
  ]
}

/**
 * Nothing was enabled in there before, as it held processes. If others made cgroups in it meanwhile, whoever they are, it
 * stays as it is: each step after the first is then refused by the kernel.
 */
function refillHome(directory: Directory): HostStep[] {
  const { home } = directory
  const leaf = `${home}/${leafName}`
  return [
    {
      ...at,
      op: 'disable_controllers',
      path: home,
      controllers: enabledIn(directory),
      alone: leaf,
      tolerate: ['ENOENT', 'EBUSY', 'ENOTEMPTY'],
      why: 'only so can it hold processes again',
    },
    {
      ...at,
      op: 'move_processes',
      from: leaf,
      to: home,
      tolerate: ['ENOENT', 'EBUSY', 'EACCES'],
      why: 'where they were before the first container',
    },
    remove(leaf, 'nobody is in it any more'),
  ]
}

// #region enable
function enable(directory: Directory): HostStep[] {
  const controllers = enabledIn(directory)
  if (controllers.length === 0) return []
  return [directory.home, ...parentsOf(directory)].map(path => ({
    ...at,
    op: 'enable_controllers',
    path,
    controllers,
    why: 'what the cgroup above does not enable, the one below does not have',
  }))
}
// #endregion enable

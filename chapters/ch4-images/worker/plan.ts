/**
 * The plan of a throwaway worker: where it works, and our own program again, which will chroot to there. Node itself cannot do
 * that to itself: its threads would not come along (unshare(2), CLONE_NEWNS).
 */

import { type Parts, passesOf } from '#core/chapter'
import { assemble, type Pass } from '#core/plan/assemble'
import type { Plan, Step } from '#core/plan/step'
import type { Mount, Spec } from '#core/spec/runtime'
import { ociVersion } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import type { Identity } from '#core/sys/identity'
import { ch2, defaultSpec } from '../../ch2-namespaces/index.js'
import { mountSteps } from '../snapshot/mount-steps.js'
import type { RootMount } from '../snapshot/snapshotter.js'

/** What a worker sees as its root. */
export type Tree =
  /**
   * Mounted at an empty directory, the same for all, as each has a mount namespace of its own. `mounts` come on top of it: the
   * volumes of a container.
   */
  | { readonly mount: RootMount; readonly at: string; readonly mounts?: readonly Mount[] }
  /** The root of a container that runs, with all that is mounted in it: by a process of it. */
  | { readonly inside: Identity; readonly user: JoinedUser | null }
  /** A directory of the host as it is, for what is to be done in there by way of names that others chose. */
  | { readonly directory: string }

/** The user namespace of a container, when it is not ours. */
export interface JoinedUser {
  /** It forbids setgroups(2). */
  readonly setgroupsDenied: boolean
}

export interface WorkerPlace {
  readonly tree: Tree
  readonly argv: readonly string[]
  readonly env: readonly string[]
}

export function workerPlan({ tree, argv, env }: WorkerPlace, facts: Facts): Plan {
  const { mapIds, isolate, privateMounts, mounts, findProgram, exec } = ch2.parts as Readonly<
    Record<string, Parts[string]>
  >
  const process = { args: argv, env, cwd: '/', user: { uid: 0, gid: 0 } }
  if ('inside' in tree) {
    const spec: Spec = { ociVersion, root: { path: '/' }, process }
    return assemble(passesOf({ joinUser: joinUser(tree.user), findProgram: findProgram!, exec: exec! }), spec, facts)
  }
  // an ordinary user gets a user namespace as well, in which it may mount and chroot and has the owners that a layer names
  if ('directory' in tree) {
    const { mounts: _, ...spec } = defaultSpec({ rootfs: '/', process, namespaces: [] }, facts)
    return assemble(
      passesOf({ mapIds: mapIds!, isolate: isolate!, findProgram: findProgram!, exec: exec! }),
      spec,
      facts,
    )
  }
  const { mounts: _, ...bare } = defaultSpec({ rootfs: tree.at, process, namespaces: ['mount'] }, facts)
  const more = tree.mounts ?? []
  return assemble(
    passesOf({
      mapIds: mapIds!,
      isolate: isolate!,
      privateMounts: privateMounts!,
      tree: () => mountSteps(tree.mount, tree.at, 'ch4.worker'),
      ...(more.length === 0 ? {} : { openRoot: openRoot(tree.at), mounts: mounts! }),
      findProgram: findProgram!,
      exec: exec!,
    }),
    { ...bare, ...(more.length === 0 ? {} : { mounts: more }) },
    facts,
  )
}

/**
 * Only the user namespace is joined, so that owners are what they are inside; the mounts are reached by way of /proc/<pid>/root,
 * for our own program lies outside.
 */
const joinUser =
  (user: JoinedUser | null): Pass =>
  () => {
    if (user === null) return []
    const at = { phase: 'enter', by: 'ch4.worker' } as const
    const groups: Step[] = user.setgroupsDenied
      ? []
      : [{ ...at, op: 'setgroups', gids: [], why: 'the groups of outside mean nothing in here' }]
    return [
      { ...at, op: 'setns', fd: 'target', flags: ['CLONE_NEWUSER'], why: 'owners are what they are inside' },
      ...groups,
      { ...at, op: 'setresgid', gid: 0, why: 'the id of outside has no name in here' },
      { ...at, op: 'setresuid', uid: 0, why: 'root of the user namespace' },
    ]
  }

const openRoot =
  (path: string): Pass =>
  () => [
    { op: 'open_root', path, phase: 'root', by: 'ch4.worker', why: 'no symlink of the tree leads a mount out of it' },
  ]

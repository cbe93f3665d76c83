/**
 * pivot_root: a new root for the whole mount namespace, where chroot moved only one process's idea of "/".
 *
 * Afterwards the host's mounts are not out of sight, they are gone: there is nothing above "/" to climb to. The new root has
 * to be a mount of its own, so the rootfs is bound onto itself. `pivot_root(".", ".")` stacks the old root on the new
 * one, and the umount that follows takes it off: no directory is needed to put it in. Source: pivot_root(2), NOTES.
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates } from '#core/spec/runtime'
import { parts as ch1 } from '../ch1-chroot/index.js'

const root = { phase: 'root', by: 'ch2.pivotRoot' } as const
const pivot = { phase: 'pivot', by: 'ch2.pivotRoot' } as const

// #region part
export const pivotRoot: Pass = (spec, facts) => {
  // in the host's own mount namespace pivot_root would move the host: all that is left is ch1's way
  if (!isolates(spec, 'mount')) return ch1.enterRoot(spec, facts)
  const { path } = spec.root
  if (path === '/') {
    fail('InvalidArgument', {
      what: "rootfs '/'",
      why: "is the host's own: pivot_root has nothing to turn to",
      hint: 'name another directory, or leave --rootfs out',
    })
  }
  // #region solution
  return [
    ...(isolates(spec, 'user') && facts.idmap ? idmappedRoot(path) : [bindRoot(path)]),
    {
      ...root,
      op: 'open_root',
      path,
      why: 'every target is resolved below this fd, so that no symlink of the rootfs leads out',
    },
    { ...pivot, op: 'fchdir', fd: 'root', why: 'stand in the new root' },
    { ...pivot, op: 'pivot_root', newRoot: '.', putOld: '.', why: 'it becomes "/"; the old root lies on top of it' },
    { ...pivot, op: 'umount', path: '.', flags: ['MNT_DETACH'], why: 'take the old root off: the host is gone' },
    { ...pivot, op: 'chdir', path: '/', why: 'to be sure: pivot_root moves only those who stood in the old root' },
  ]
  // #endregion solution
}

const bindRoot = (path: string): Step => ({
  ...root,
  op: 'bind_root',
  path,
  why: 'pivot_root takes only a mount: the rootfs becomes one',
})
// #endregion part

/** A copy of the mount on which root's files belong to the container's root, though on disk nothing changed. */
const idmappedRoot = (path: string): Step[] => [
  {
    op: 'idmap_tree',
    path,
    of: 'stage',
    phase: 'map',
    by: 'ch2.pivotRoot',
    why: 'owners seen through the map: only root of the host may',
  },
  { ...root, op: 'move_root', fd: 'tree', path, why: 'pivot_root takes only a mount: the mapped copy is one' },
]

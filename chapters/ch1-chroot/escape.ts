/**
 * The escape: why chroot is no prison for root.
 *
 * The kernel stops ".." at the process's root directory, and only there. Move the root below the working directory, and
 * the working directory is outside: ".." climbs past the old root, which is now a directory like any other, up to the
 * real one. Source: chroot(2), "This call does not change the current working directory".
 *
 * These are the steps of a program that is already inside: they come when the jail is complete, before its program is looked for. The very
 * same steps after ch2's pivot_root climb to the container's own root, because there is nothing above it.
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'

const at = { phase: 'become', by: 'ch1.escape' } as const
export const escapeTrap = '.escape'
/** More than any path is deep: at the real root ".." stays where it is. */
const depth = 64

// #region part
export const escape: Pass = () => {
  // #region solution
  const up: Step = { ...at, op: 'chdir', path: '..', why: 'no root directory lies above us: nothing stops ".."' }
  return [
    {
      ...at,
      op: 'mkdir_plain',
      path: escapeTrap,
      mode: 0o700,
      tolerate: ['EEXIST'],
      why: 'a directory to move the root into',
    },
    { ...at, op: 'chroot', path: escapeTrap, why: 'the root is now below us; chroot did not move us along' },
    ...Array.from({ length: depth }, () => up),
    { ...at, op: 'chroot', path: '.', why: 'and the real root is our root again' },
  ]
  // #endregion solution
}
// #endregion part

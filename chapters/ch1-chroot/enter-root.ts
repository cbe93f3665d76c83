/**
 * The root directory: the jail of 1979.
 *
 * chroot(2) changes what "/" means to the process, and nothing else: not the working directory, not open files, not what
 * other processes see. So the order matters: first "/", then leave the directory we still stand in.
 */

import type { Pass } from '#core/plan/assemble'

// #region part
export const enterRoot: Pass = spec => {
  // #region solution
  return [
    {
      op: 'chroot',
      path: spec.root.path,
      phase: 'pivot',
      by: 'ch1.enterRoot',
      why: 'from here on every path starts in the rootfs',
    },
    {
      op: 'chdir',
      path: '/',
      phase: 'pivot',
      by: 'ch1.enterRoot',
      why: 'the working directory is still outside, and ".." leads on from there',
    },
  ]
  // #endregion solution
}
// #endregion part

/**
 * chroot alone: who reads that chroot "changes the root directory" takes it that the process goes there, too.
 * @rejected starts-inside
 * @says no chdir
 */

import type { Pass } from '#core/plan/assemble'

export const enterRoot: Pass = spec => [
  {
    op: 'chroot',
    path: spec.root.path,
    phase: 'pivot',
    by: 'ch1.enterRoot',
    why: 'the rootfs is the root directory now',
  },
]

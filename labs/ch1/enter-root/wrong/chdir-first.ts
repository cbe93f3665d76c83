/**
 * Both steps, but phases decide the order: whoever puts the chdir into the phase that sounds right has it run before chroot.
 * @rejected starts-inside
 * @says chdir comes before chroot
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
  { op: 'chdir', path: '/', phase: 'root', by: 'ch1.enterRoot', why: 'to the root' },
]

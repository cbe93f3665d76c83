/**
 * chdir to the rootfs by its path on the host, after chroot: from then on that path would have to lie inside the rootfs.
 * @rejected starts-inside
 * @says every path starts in the rootfs
 */

import type { Pass } from '#core/plan/assemble'

export const enterRoot: Pass = ({ root: { path } }) => [
  { op: 'chroot', path, phase: 'pivot', by: 'ch1.enterRoot', why: 'the rootfs is the root directory now' },
  { op: 'chdir', path, phase: 'pivot', by: 'ch1.enterRoot', why: 'and we go there, too' },
]

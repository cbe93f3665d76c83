/**
 * The path that --explain happened to show, written down: it works until somebody says --rootfs.
 * @rejected chroots-into-the-rootfs
 * @says the rootfs that the spec names
 */

import type { Pass } from '#core/plan/assemble'

const rootfs = '/var/lib/mini-docker/rootfs/default'

export const enterRoot: Pass = () => [
  { op: 'chroot', path: rootfs, phase: 'pivot', by: 'ch1.enterRoot', why: 'the rootfs is the root directory now' },
  { op: 'chdir', path: '/', phase: 'pivot', by: 'ch1.enterRoot', why: 'the working directory is still outside' },
]

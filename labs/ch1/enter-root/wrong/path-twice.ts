/**
 * Goes to the rootfs and then makes it the root by the same path: two look-ups that need not find the same directory, when
 * somebody renames in between. The kernel says nothing; chroot(1) and the rules of the plan do it the other way round.
 * @rejected chdir-after-chroot
 * @says breaks chdir-after-chroot
 */

import type { Pass } from '#core/plan/assemble'

export const enterRoot: Pass = ({ root: { path } }) => [
  { op: 'chdir', path, phase: 'pivot', by: 'ch1.enterRoot', why: 'stand in the rootfs' },
  { op: 'chroot', path, phase: 'pivot', by: 'ch1.enterRoot', why: 'and make it the root' },
]

/**
 * Counts how deep the rootfs lies on this machine, and climbs as far: elsewhere that is too little.
 * @rejected climbs-to-the-top
 * @says as far as /srv/deep
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'become', by: 'ch1.escape' } as const
export const escapeTrap = '.escape'

export const escape: Pass = () => [
  { ...at, op: 'mkdir_plain', path: escapeTrap, mode: 0o700, tolerate: ['EEXIST'], why: 'a directory for the root' },
  { ...at, op: 'chroot', path: escapeTrap, why: 'the root is below us' },
  { ...at, op: 'chdir', path: '../../../../..', why: '/var/lib/mini-docker/rootfs/default is five deep' },
  { ...at, op: 'chroot', path: '.', why: 'the real root is our root again' },
]

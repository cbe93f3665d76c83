/**
 * Follows ".." once: out of the rootfs, into the directory that holds it, which is not the root of anything.
 * @rejected climbs-to-the-top
 * @says as far as /var/lib/mini-docker/rootfs
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'

const at = { phase: 'become', by: 'ch1.escape' } as const
export const escapeTrap = '.escape'
const up: Step = { ...at, op: 'chdir', path: '..', why: 'one up' }

export const escape: Pass = () => [
  { ...at, op: 'mkdir_plain', path: escapeTrap, mode: 0o700, tolerate: ['EEXIST'], why: 'a directory for the root' },
  { ...at, op: 'chroot', path: escapeTrap, why: 'the root is below us' },
  up,
  { ...at, op: 'chroot', path: '.', why: 'the real root is our root again' },
]

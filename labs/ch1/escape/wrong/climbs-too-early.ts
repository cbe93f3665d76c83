/**
 * Climbs first and moves the root afterwards: as long as the root is where it was, ".." stops there.
 * @rejected outside-of-the-root
 * @says nothing follows ".." once the root has moved
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'

const at = { phase: 'become', by: 'ch1.escape' } as const
export const escapeTrap = '.escape'
const depth = 64
const up: Step = { ...at, op: 'chdir', path: '..', why: 'one up' }
const climb = Array.from({ length: depth }, () => up)

export const escape: Pass = () => [
  { ...at, op: 'mkdir_plain', path: escapeTrap, mode: 0o700, tolerate: ['EEXIST'], why: 'a directory for the root' },
  ...climb,
  { ...at, op: 'chroot', path: escapeTrap, why: 'the root is below us' },
  { ...at, op: 'chroot', path: '.', why: 'the real root is our root again' },
]

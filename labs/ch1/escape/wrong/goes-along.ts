/**
 * Enters the new root as ch1/enter-root has taught it, chroot and then chdir: the working directory is inside once more.
 * @rejected outside-of-the-root
 * @says goes along
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
  { ...at, op: 'chroot', path: escapeTrap, why: 'a root below the old one' },
  { ...at, op: 'chdir', path: '/', why: 'a chdir follows each chroot' },
  ...climb,
  { ...at, op: 'chroot', path: '.', why: 'the real root is our root again' },
]

/**
 * Stops at the top of the climb: the working directory is the real root, but every absolute path still starts in the trap.
 * @rejected takes-the-real-root
 * @says no chroot follows the climb
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
  { ...at, op: 'chroot', path: escapeTrap, why: 'the root is below us' },
  ...climb,
]

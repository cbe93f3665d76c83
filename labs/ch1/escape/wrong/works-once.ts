/**
 * Makes the directory as if it could not be there yet: whoever tries twice gets EEXIST. Only a real run shows it.
 * @rejected works-again
 * @says EEXIST
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'

const at = { phase: 'become', by: 'ch1.escape' } as const
export const escapeTrap = '.escape'
const depth = 64
const up: Step = { ...at, op: 'chdir', path: '..', why: 'one up' }
const climb = Array.from({ length: depth }, () => up)

export const escape: Pass = () => [
  { ...at, op: 'mkdir_plain', path: escapeTrap, mode: 0o700, why: 'a directory for the root' },
  { ...at, op: 'chroot', path: escapeTrap, why: 'the root is below us' },
  ...climb,
  { ...at, op: 'chroot', path: '.', why: 'the real root is our root again' },
]

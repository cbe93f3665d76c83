/**
 * chroot into a directory that is not there: on paper the trap is set by its name alone.
 * @rejected makes-a-place
 * @says nobody has made
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'

const at = { phase: 'become', by: 'ch1.escape' } as const
export const escapeTrap = '.escape'
const depth = 64
const up: Step = { ...at, op: 'chdir', path: '..', why: 'one up' }
const climb = Array.from({ length: depth }, () => up)

export const escape: Pass = () => [
  { ...at, op: 'chroot', path: escapeTrap, why: 'the root is below us' },
  ...climb,
  { ...at, op: 'chroot', path: '.', why: 'the real root is our root again' },
]

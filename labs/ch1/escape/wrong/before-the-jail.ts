/**
 * Breaks out before anybody is locked up: the jail is made in a later phase, and closes behind.
 * @rejected from-inside-the-jail
 * @says it closes behind them
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'

const at = { phase: 'become', by: 'ch1.escape' } as const
export const escapeTrap = '.escape'
const depth = 64
const up: Step = { ...at, op: 'chdir', path: '..', why: 'one up' }
const climb = Array.from({ length: depth }, () => up)

export const escape: Pass = () => {
  const steps: Step[] = [
    { ...at, op: 'mkdir_plain', path: escapeTrap, mode: 0o700, tolerate: ['EEXIST'], why: 'a directory for the root' },
    { ...at, op: 'chroot', path: escapeTrap, why: 'the root is below us' },
    ...climb,
    { ...at, op: 'chroot', path: '.', why: 'the real root is our root again' },
  ]
  return steps.map(step => ({ ...step, phase: 'root' }))
}

/**
 * Made to work without sudo: chroot may fail with EPERM, and the program then starts without a jail.
 * @rejected tolerates-nothing
 * @says goes on after EPERM
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'pivot', by: 'ch1.enterRoot' } as const

export const enterRoot: Pass = spec => [
  { ...at, op: 'chroot', path: spec.root.path, tolerate: ['EPERM'], why: 'only root may: without it, do without' },
  { ...at, op: 'chdir', path: '/', why: 'the working directory is still outside' },
]

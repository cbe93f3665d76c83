/**
 * In the phase prepare, because a root directory is something to be prepared: but that phase is Node's own, on the host.
 * @rejected other-rules
 * @says breaks step-in-its-lane
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'prepare', by: 'ch1.enterRoot' } as const

export const enterRoot: Pass = spec => [
  { ...at, op: 'chroot', path: spec.root.path, why: 'before all else, the root directory' },
  { ...at, op: 'chdir', path: '/', why: 'the working directory is still outside' },
]

/**
 * The jail right before execve: by then the program was looked for, on the host, and the path that was found is the host's.
 * @rejected before-the-program-is-looked-for
 * @says finds the host's program
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'exec', by: 'ch1.enterRoot' } as const

export const enterRoot: Pass = spec => [
  { ...at, op: 'chroot', path: spec.root.path, why: 'the last thing to do before the program starts' },
  { ...at, op: 'chdir', path: '/', why: 'the working directory is still outside' },
]

/** The last step: this process becomes the program. Nothing of ours is left but what execve(2) keeps: open fds. */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'exec', by: 'ch1.exec' } as const

// #region exec
export const exec: Pass = ({ process: { args, env } }) => [
  {
    ...at,
    op: 'close_fds',
    from: 3,
    why: 'an open directory of the host is a way out of any jail; marked close-on-exec, they still report a failing execve',
  },
  { ...at, op: 'execve', args, env: env ?? [], why: 'the program takes over this process' },
]
// #endregion exec

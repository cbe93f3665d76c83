/**
 * Where the program stands, looked at again. While a container is made its process has directories of the host open, and a working
 * directory of /proc/self/fd/7 is one of them: a link that no root directory stops, and `..` leads on (CVE-2024-21626 of runc).
 * Closing the fds at execve is too late for that; a working directory is none of them. Source: getcwd(2), "(unreachable)".
 */

import type { Pass } from '#core/plan/assemble'

/** Behind the change of directory, which ch1 makes. */
export const checkCwd: Pass = ({ process: { cwd } }) =>
  cwd === '/'
    ? []
    : [
        {
          op: 'check_cwd',
          path: cwd,
          phase: 'become',
          by: 'ch7.checkCwd',
          why: 'a link of /proc leads past every root: where we stand must lie below ours',
        },
      ]

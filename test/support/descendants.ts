/** Who is whose child: proc_pid_task(5), `children`. Imports nothing, for processes that are started by the hundred. */

import * as fs from 'node:fs'

/** What ends while it is looked at has none. */
export const childrenOf = (pid: number | 'self'): number[] =>
  ifThere(() => fs.readdirSync(`/proc/${pid}/task`), []).flatMap(task =>
    ifThere(() => fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8'), '')
      .split(' ')
      .filter(word => word.trim() !== '')
      .map(Number),
  )

export const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap(child => [child, ...descendantsOf(child)])

function ifThere<T>(look: () => T, otherwise: T): T {
  try {
    return look()
  } catch {
    return otherwise
  }
}

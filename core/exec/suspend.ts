/**
 * ^Z and its end. A container is in a session of its own, so the terminal stops us and nobody inside; and a stop that is
 * sent to its first process stops no other: its children would go on, and write between the shell's lines. So all of them
 * are stopped, as a shell stops a whole pipeline. One that hides behind a fork in between is found by the next look; what
 * nothing escapes is the freezer, which comes with ch3.
 */

import * as fs from 'node:fs'

/** Parents first: what is stopped forks no more. @returns whom to continue */
export function stopTree(root: number, stop: (pid: number) => void): ReadonlySet<number> {
  const stopped = new Set<number>()
  for (let before = -1; stopped.size > before; ) {
    before = stopped.size
    for (const pid of treeOf(root)) {
      if (stopped.has(pid)) continue
      stopped.add(pid)
      stop(pid)
    }
  }
  return stopped
}

/** Itself and all below it. Source: proc_pid_task(5), `children`. */
export function* treeOf(pid: number): Generator<number> {
  yield pid
  for (const child of childrenOf(pid)) yield* treeOf(child)
}

function childrenOf(pid: number): number[] {
  return look(() => fs.readdirSync(`/proc/${pid}/task`), []).flatMap(task =>
    look(() => fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1'), '')
      .split(' ')
      .filter(word => word !== '')
      .map(Number),
  )
}

/** A process, or a thread alone, may have just ended; or the kernel does not say (CONFIG_PROC_CHILDREN). */
function look<T>(at: () => T, otherwise: T): T {
  try {
    return at()
  } catch {
    return otherwise
  }
}

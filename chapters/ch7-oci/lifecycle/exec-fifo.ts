/**
 * The gate between create and start: init opens the exec fifo to write, and so waits for a reader; `start` is that reader.
 * Source: runtime.md "create", "start"; fifo(7). runc cuts at the same place, by a fifo of the same name.
 */

import type { Parts } from '#core/chapter'
import type { Pass } from '#core/plan/assemble'

export const fifoName = 'exec.fifo'

/** @param directory the container's own, on the host; @param pidFiles where init's pid is written as soon as it is created */
export function gateParts(directory: string, pidFiles: readonly string[]): Parts {
  const by = 'ch7.execFifo'
  const execFifo: Pass = () => [
    {
      op: 'make_fifo',
      path: `${directory}/${fifoName}`,
      mode: 0o622, // init opens it as the container's user
      phase: 'prepare',
      by,
      why: 'where init will wait to be started',
    },
    {
      op: 'open_gate',
      path: directory,
      phase: 'root',
      by,
      why: 'while the host is in sight: init opens the fifo from here, without a path',
    },
    ...pidFiles.map(
      path =>
        ({
          op: 'write_pid',
          path,
          of: 'init',
          phase: 'ready',
          by,
          why: 'all that can fail has been tried: the container is created',
        }) as const,
    ),
    { op: 'wait_gate', name: fifoName, phase: 'gate', by, why: 'a writer waits for a reader: that is start' },
  ]
  return { execFifo }
}

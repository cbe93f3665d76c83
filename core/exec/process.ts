/** A process that is started and left alone: `exec --detach`. Without a monitor, its end is not ours to hear of. */

import { lower } from '#core/plan/lower'
import type { Plan } from '#core/plan/step'
import { drive, type PerformHostStep } from './driver.js'
import type { Executor } from './executor.js'
import type { Outcome } from './outcome.js'

export interface ProcessStart {
  readonly plan: Plan
  /** Without a monitor. */
  readonly executor: Executor
  readonly perform: PerformHostStep
  readonly fds: readonly [stdin: number, stdout: number, stderr: number]
  /** See Stdio. */
  readonly preserved?: readonly number[]
  /** A pidfd of the process to join, if there is one. */
  readonly target?: number
  readonly onConsole?: (master: number) => void
  /** Takes the listener of its filter. */
  readonly onListener?: (listener: number, init: number) => void
}

/** @returns its pid once it runs: a child of this process; or how it failed */
export async function startProcess(start: ProcessStart): Promise<number | Outcome> {
  const { plan, executor, perform, fds, preserved = [], target, onConsole, onListener } = start
  let pid: number | undefined
  const performance = executor.open({ fds, preserved, ...(target === undefined ? {} : { target }) })
  try {
    const outcome = await drive(lower(plan), performance.channel, perform, {
      ...(onConsole === undefined ? {} : { onConsole }),
      onListener: (fd, { init }) => onListener?.(fd, init!),
      onInit: init => {
        pid = init
      },
    })
    // the channel is close-on-exec: that it closed behind `execing`, and nothing failed, says that the program runs
    return outcome.kind === 'lost' && outcome.ran === true && pid !== undefined ? pid : outcome
  } finally {
    await performance.end()
  }
}

/**
 * A container that is created, and not started: everything that can fail has been tried, and its init waits for a reader of the
 * exec fifo. Who created it goes; init is then a child of whoever takes in orphans above it (PR_SET_CHILD_SUBREAPER(2const)).
 *
 * The order is that of a run in the foreground: the undo list is on disk before the first step that it takes back. From
 * `created` on the record is init's own.
 */

import * as fs from 'node:fs'
import { lower } from '#core/plan/lower'
import type { Plan } from '#core/plan/step'
import { undo } from '#core/plan/undo'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { drive, type PerformHostStep } from './driver.js'
import type { Executor } from './executor.js'
import type { Container } from './foreground.js'
import type { Outcome } from './outcome.js'
import { cleanUp } from './replay.js'
import type { ContainerRecord } from './state.js'

export interface Creation {
  readonly plan: Plan
  /** Without a monitor. */
  readonly executor: Executor
  readonly perform: PerformHostStep
  readonly fds: readonly [stdin: number, stdout: number, stderr: number]
  /** See Stdio. */
  readonly preserved?: readonly number[]
  /** Takes the master of its terminal. */
  readonly onConsole?: (master: number) => void
  /** Takes the listener of its filter. */
  readonly onListener?: (listener: number, init: number) => void
}

/** @returns the record of what was created, or how it failed: nothing is left of it then */
export async function createContainer(
  { states, record: claimed, spec }: Container,
  { plan, executor, perform, fds, preserved = [], onConsole, onListener }: Creation,
): Promise<ContainerRecord | Outcome> {
  let record: ContainerRecord = { ...claimed, spec, undo: undo(plan) }
  const lowered = lower(plan)
  const leaveAfter = lowered.segments.findIndex(segment => segment.some(({ step }) => step.phase === 'ready'))
  let created = false
  try {
    states.update(record)
    const performance = executor.open({ fds, preserved })
    try {
      const outcome = await drive(lowered, performance.channel, perform, {
        leaveAfter,
        ...(onConsole === undefined ? {} : { onConsole }),
        onListener: (fd, { init }) => onListener?.(fd, init!),
        onInit: pid => {
          record = { ...record, init: identify(pid) }
          states.update(record)
        },
      })
      if (outcome.kind !== 'left') return outcome
      record = { ...record, status: 'created', owner: record.init! }
      states.update(record)
      created = true
      return record
    } finally {
      await performance.end()
    }
  } finally {
    if (!created) cleanUp(states, record, perform)
  }
}

/**
 * Opens the gate. Both ends of a fifo wait for the other: when init ends before it has come to the gate, we let ourselves through.
 *
 * @returns what init reported instead of running; null: it runs; `ended`: it has ended before
 */
export async function openGate(fifo: string, init: Identity): Promise<Buffer | 'ended' | null> {
  let hasEnded = false
  const watch = setInterval(() => {
    if (isAlive(init)) return
    hasEnded = true
    fs.closeSync(fs.openSync(fifo, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK))
  }, 10)
  const fd = await new Promise<number>((resolve, reject) =>
    fs.open(fifo, 'r', (error, fd) => (error === null ? resolve(fd) : reject(error))),
  )
  clearInterval(watch)
  try {
    const report = Buffer.alloc(32)
    if (fs.readSync(fd, report) > 0) return report
    return hasEnded ? 'ended' : null // the end of file is execve's: close-on-exec
  } finally {
    fs.closeSync(fd)
  }
}

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
import { pollEvents } from '#core/sys/constants'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { callAsync } from '#core/sys/libc'
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
 * Opens the gate. We do not wait for init in open(2), as it does for us: one that ends before it has come there never would. So our
 * end is open at once, and poll(2) tells whether another was there (POLLHUP), which end of file alone does not.
 *
 * @returns what init reported instead of running; null: it runs; `ended`: it has ended before
 */
export async function openGate(fifo: string, init: Identity): Promise<Buffer | 'ended' | null> {
  const fd = fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  try {
    for (;;) {
      const wasAlive = isAlive(init) // asked before: who ends right behind the gate has come through
      if (await hasCome(fd)) break
      if (!wasAlive) return 'ended'
    }
    const report = Buffer.alloc(32)
    return fs.readSync(fd, report) === 0 ? null : report // the end of file is execve's: close-on-exec
  } finally {
    fs.closeSync(fd)
  }
}

/** @returns false when nobody has, for a moment */
async function hasCome(fd: number): Promise<boolean> {
  const asked = Buffer.alloc(8) // struct pollfd: fd, events, revents
  asked.writeInt32LE(fd, 0)
  asked.writeInt16LE(pollEvents.POLLIN, 4)
  return (await callAsync('int poll(void *fds, unsigned long n, int milliseconds)', asked, 1, 100)) === 1
}

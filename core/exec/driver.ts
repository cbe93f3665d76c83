/**
 * The driver: brings one lowered plan through. It owns no process: it is given a channel with a stage at its other end and
 * somebody who performs host steps, and keeps the two lanes in turn.
 *
 *   host                              stage, then init
 *   segment 0 (prepare, join)   ...   waits for the program
 *   program  ─────────────────────▶   performs, step by step
 *            ◀───────────────── yield n
 *   segment n
 *   turn n   ─────────────────────▶   performs on
 *            ◀───────────────── execing, running … exit
 */

import * as fs from 'node:fs'
import { errnoOf, MiniDockerError } from '#core/errors'
import type { Lowered } from '#core/plan/lower'
import { isHostStep, roles } from '#core/plan/ops'
import type { HostStep } from '#core/plan/step'
import { errnoName } from '#core/sys/constants'
import type { Channel } from './channel.js'
import type { Outcome } from './outcome.js'
import { encodeProgram } from './program.js'

/** The processes of a start, as far as they are known. */
export interface Processes {
  stage?: number
  init?: number
}

/**
 * Performs host steps. May leave an fd for the child, which the driver sends and closes; throws a system error (with
 * `code`) when a step fails. A program that is waited for may take its time: a hook in the container.
 */
export type PerformHostStep = (step: HostStep, processes: Processes) => number | undefined | Promise<number | undefined>

export interface StepTrace {
  readonly index: number
  /** null, or the errno that the step tolerates. */
  readonly tolerated: string | null
  readonly start: bigint
  readonly end: bigint
}

export interface DriverEvents {
  /** Each step done, when traced. */
  onStep?(trace: StepTrace): void
  /** Before a host segment or a turn goes out: what a test uses to die at a chosen moment. */
  onTurn?(turn: number): void
  onStage?(pid: number): void
  onInit?(pid: number): void
  /** The master of the container's terminal. */
  onConsole?(fd: number): void
  /** Where calls that the filter asks about are answered: seccomp_unotify(2). */
  onListener?(fd: number, processes: Processes): void
  onRunning?(): void
}

/** The child goes on alone: what it waits for next is not this driver's to give. */
export interface Left {
  readonly kind: 'left'
  readonly init: number
}

type Events = DriverEvents & { readonly trace?: boolean }

/** @param leaveAfter the turn with which the driver's part ends; the child says no more than that it failed before that */
export async function drive(
  lowered: Lowered,
  channel: Channel,
  performHost: PerformHostStep,
  events: Events & { readonly leaveAfter: number },
): Promise<Outcome | Left>
export async function drive(
  lowered: Lowered,
  channel: Channel,
  performHost: PerformHostStep,
  events?: Events,
): Promise<Outcome>
export async function drive(
  lowered: Lowered,
  channel: Channel,
  performHost: PerformHostStep,
  events: Events & { readonly leaveAfter?: number } = {},
): Promise<Outcome | Left> {
  const processes: Processes = {}
  const trace = events.trace === true
  let last = 0
  let execing = false
  let execStart = 0n
  let failed: Outcome | null = null

  /** Performs a segment; the fd that the child is to be given, undefined when there is none, or the failure. */
  const perform = async (segment: number): Promise<{ fd?: number } | Outcome> => {
    let fd: number | undefined
    for (const { index, step } of lowered.segments[segment] ?? []) {
      last = index
      const start = process.hrtime.bigint()
      try {
        const left = performHost(step, processes)
        fd = (typeof left === 'object' ? await left : left) ?? fd
      } catch (error) {
        letGo(fd)
        return hostFailure(index, error)
      }
      if (trace) events.onStep?.({ index, tolerated: null, start, end: process.hrtime.bigint() })
    }
    return fd === undefined ? {} : { fd }
  }

  /** To a stage that is gone nothing can be said, but what it (or its monitor) said last is still to be read. */
  const tell = (bytes: Uint8Array, fd?: number): void => {
    try {
      channel.send(bytes, fd)
    } catch (error) {
      if (errnoOf(error) !== 'EPIPE') throw error
    }
  }

  for (;;) {
    const message = await channel.next()
    if (message === null)
      return failed ?? { kind: 'lost', status: null, index: last, ...(execing ? { ran: true } : {}) }
    const { report, fd } = message
    switch (report.kind) {
      case 'stage': {
        processes.stage = report.value
        events.onStage?.(report.value)
        events.onTurn?.(0)
        const done = await perform(0)
        if ('kind' in done) return done
        // The message is the gate: a stage that has joined its cgroup has nothing to perform before this arrives.
        tell(encodeProgram(lowered, { trace }))
        break
      }
      case 'yield': {
        events.onTurn?.(report.index)
        const done = await perform(report.index)
        if ('kind' in done) return done
        const turn = Buffer.alloc(4)
        turn.writeUInt32LE(report.index)
        try {
          tell(turn, done.fd)
        } finally {
          letGo(done.fd) // the child has its own by now
        }
        if (report.index === events.leaveAfter) return { kind: 'left', init: processes.init! }
        break
      }
      case 'step':
        // a yield bears the index of the host step that it waits for, and that is traced already
        if (isHostStep(lowered.plan.steps[report.index]!)) break
        last = report.index
        events.onStep?.({
          index: report.index,
          tolerated: report.value === 0 ? null : errnoName(report.value),
          start: report.start,
          end: report.end,
        })
        break
      case 'init':
        processes.init = report.value
        events.onInit?.(report.value)
        break
      case 'fail':
        failed = { kind: 'failed', index: report.index, errno: errnoName(report.value) }
        break
      case 'execing':
        last = report.index
        execing = true
        if (trace) execStart = process.hrtime.bigint()
        break
      case 'running':
        if (!execing || failed !== null) break
        // on the host's clock, between two reports: the program that replaced the reporter cannot say when it began
        if (trace) events.onStep?.({ index: last, tolerated: null, start: execStart, end: process.hrtime.bigint() })
        events.onRunning?.()
        break
      case 'fd':
        if (fd === null) break
        if (report.value === roles.listener) events.onListener?.(fd, processes)
        else events.onConsole?.(fd)
        break
      case 'exit':
        if (failed !== null) return failed
        return execing ? { kind: 'exited', status: report.value } : { kind: 'lost', status: report.value, index: last }
    }
  }
}

function letGo(fd: number | undefined): void {
  if (fd !== undefined) fs.closeSync(fd)
}

/** A step failed if the system or we ourselves say so; anything else is a mistake in the program, and not a step's. */
export function hostFailure(index: number, error: unknown): Extract<Outcome, { kind: 'failed' }> {
  if (error instanceof MiniDockerError) return { kind: 'failed', index, errno: 'EIO', cause: error }
  const errno = errnoOf(error)
  if (errno === undefined) throw error
  // Node's own words say the errno again: `EPERM: operation not permitted, write`; a program's say more
  if ('syscall' in (error as Error)) return { kind: 'failed', index, errno }
  return { kind: 'failed', index, errno, detail: (error as Error).message.replace(`${errno}: `, '') }
}

/**
 * A run in the foreground, from plan to exit: record it, start it, keep it company, clean up after it.
 *
 * The order is the point: the undo list is on disk before the first step that it takes back, and it is performed whatever
 * happens in between.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { lower } from '#core/plan/lower'
import { takesTerminal } from '#core/plan/ops'
import type { Plan } from '#core/plan/step'
import { undo } from '#core/plan/undo'
import type { Spec } from '#core/spec/runtime'
import { signals as signalNumbers } from '#core/sys/constants'
import { identify } from '#core/sys/identity'
import { type DriverEvents, drive, type PerformHostStep } from './driver.js'
import type { Executor } from './executor.js'
import type { Outcome } from './outcome.js'
import { cleanUp } from './replay.js'
import { forwardSignals } from './signals.js'
import type { ContainerRecord, States } from './state.js'
import { relayTerminal, type TerminalRelay } from './terminal.js'

export interface Start {
  readonly plan: Plan
  readonly executor: Executor
  readonly perform: PerformHostStep
  /** Whether our stdin is passed on; otherwise the program reads nothing. */
  readonly interactive: boolean
  /** What takes its output, in the place of ours: there may be others of its kind beside it. */
  readonly output?: number
  /** The program stays in our session (ch1). */
  readonly inOurSession?: boolean
  /** A pidfd of the process to join, for `exec`. */
  readonly target?: number
  readonly trace?: DriverEvents['onStep']
  /** After the user lost patience, and it was sent SIGKILL: what it may need to notice. */
  readonly killed?: () => void
  /** Looks at the container after its end, before what was made for it is taken back. */
  readonly ended?: (outcome: Outcome) => void
}

export interface Container {
  readonly states: States
  /** As `states.create` made it. */
  readonly record: ContainerRecord
  readonly spec: Spec
}

/** Runs a container that has a record, and forgets it at its end. */
export async function runContainer(container: Container, start: Start): Promise<Outcome> {
  const { states } = container
  let record: ContainerRecord = { ...container.record, spec: container.spec, undo: undo(start.plan) }
  try {
    // before the first host step there is to take back; with none, the record can wait for init's pid
    if (record.undo.length > 0) states.update(record)
    const outcome = await perform(start, pid => {
      record = { ...record, status: 'running', init: identify(pid) }
      states.update(record)
    })
    start.ended?.(outcome)
    return outcome
  } finally {
    cleanUp(states, record, start.perform) // never throws: the outcome, or the first error, stands
  }
}

/** Runs a plan that leaves nothing on the host: no record is needed. */
export function runProcess(start: Start): Promise<Outcome> {
  return perform(start, () => undefined)
}

async function perform(start: Start, onInit: (pid: number) => void): Promise<Outcome> {
  const lowered = lower(start.plan)
  start.executor.refuse?.(lowered)
  let program: number | undefined
  let relay: TerminalRelay | undefined
  let unread: Error | undefined
  const nothing = start.interactive ? null : fs.openSync('/dev/null', 'r')
  const stdin = start.plan.steps.some(takesTerminal) ? 0 : (nothing ?? 0)
  const signals = forwardSignals(start.inOurSession === true, start.killed)
  const performance = start.executor.open({
    fds: [stdin, start.output ?? 1, start.output ?? 2],
    alone: start.output === undefined,
    ...(start.target === undefined ? {} : { target: start.target }),
  })
  try {
    const outcome = await drive(lowered, performance.channel, start.perform, {
      trace: start.trace !== undefined,
      ...(start.trace === undefined ? {} : { onStep: start.trace }),
      onStage: stage => {
        program = stage
        signals.started(stage)
      },
      onInit: init => {
        program = init
        signals.started(init)
        onInit(init)
      },
      onRunning: () => signals.running(program!),
      onConsole: master => {
        relay = relayTerminal(master, start.interactive, error => {
          if (signals.noticeHangUp()) return
          unread ??= error
          signals.end()
        })
      },
    })
    await relay?.drained()
    if (unread !== undefined) return withoutReader(unread)
    return outcome
  } finally {
    signals.stop()
    relay?.restore()
    if (nothing !== null) fs.closeSync(nothing)
    await performance.end()
  }
}

/** Nobody takes what a container with a terminal writes: it was ended, as a program that writes to a closed pipe is. */
function withoutReader(error: Error): Outcome {
  if (errnoOf(error) === 'EPIPE') return { kind: 'exited', status: signalNumbers.SIGPIPE }
  return fail('FailedPrecondition', { what: 'stdout', why: errnoOf(error) ?? error.message, cause: error })
}

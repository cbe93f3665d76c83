/** Performs a plan by hand, below the command line: an executor, the driver, and what the program wrote. */

import * as fs from 'node:fs'
import { type DriverEvents, drive, type PerformHostStep } from '#core/exec/driver'
import type { Executor } from '#core/exec/executor'
import type { Outcome } from '#core/exec/outcome'
import { lower } from '#core/plan/lower'
import type { Plan } from '#core/plan/step'
import { receive, socketpair } from '#core/sys/socket'

export interface Performed {
  readonly outcome: Outcome
  /** stdout and stderr, up to the moment when nobody holds them any more. */
  readonly output: string
  /** Each report, as `kind` or `step index errno`, in the order in which they came. */
  readonly story: readonly string[]
}

const noHost: PerformHostStep = step => {
  throw new Error(`no host step was expected: ${step.op}`)
}

export async function perform(
  executor: Executor,
  plan: Plan,
  events: DriverEvents = {},
  performHost: PerformHostStep = noHost,
): Promise<Performed> {
  const [near, far] = socketpair()
  const stdin = fs.openSync('/dev/null', 'r')
  const performance = executor.open({ fds: [stdin, far, far] })
  fs.closeSync(far)
  fs.closeSync(stdin)
  const output = readAll(near)
  const story: string[] = []
  try {
    const outcome = await drive(lower(plan), performance.channel, performHost, {
      ...events,
      trace: true,
      onStep: step => story.push(`step ${step.index} ${step.tolerated ?? 'ok'}`),
      onTurn: turn => {
        story.push(`turn ${turn}`)
        events.onTurn?.(turn)
      },
      onStage: pid => {
        story.push('stage')
        events.onStage?.(pid)
      },
      onInit: pid => {
        story.push('init')
        events.onInit?.(pid)
      },
      onRunning: () => {
        story.push('running')
        events.onRunning?.()
      },
    })
    return { outcome, output: await output, story }
  } finally {
    await performance.end()
  }
}

async function readAll(socket: number): Promise<string> {
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = Buffer.alloc(65536)
    const { length } = await receive(socket, chunk)
    if (length === 0) break
    chunks.push(chunk.subarray(0, length))
  }
  fs.closeSync(socket)
  return Buffer.concat(chunks).toString()
}

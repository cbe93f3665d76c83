/**
 * A trial: a few steps performed for real by a throw-away child, whose namespaces and mounts end with it. A program
 * need not end in execve, so most trials are nothing but the steps in question.
 */

import * as fs from 'node:fs'
import { drive, type PerformHostStep } from '#core/exec/driver'
import { host } from '#core/exec/host'
import { codeOf, type Outcome } from '#core/exec/outcome'
import { lower } from '#core/plan/lower'
import { isChildStep, words } from '#core/plan/ops'
import type { Op, Step } from '#core/plan/step'
import type { Machine } from './check.js'

/** A step without the words that a plan's reader would want. */
export type Move = { [O in Op]: Omit<Step<O>, 'phase' | 'why' | 'by'> }[Op]

export type Tried =
  | { readonly done: true }
  /** `said`: the call that failed, or the first line that the program wrote. */
  | {
      readonly done: false
      readonly errno: string
      readonly said: string
      readonly op: Op | null
      readonly flags: string
    }

export interface TrialOptions {
  /** Once the stage is there and before it performs anything; an exception ends the trial. */
  readonly onStage?: (pid: number) => void
  /** Performs host steps in another way than a run does. */
  readonly perform?: PerformHostStep
}

/** A loaded machine, or an emulated one, takes seconds for what is done in milliseconds elsewhere. */
const LIMIT_MS = 10_000

export async function attempt(machine: Machine, moves: readonly Move[], options: TrialOptions = {}): Promise<Tried> {
  if (machine.executor === null) return failure('ENOSYS', 'nobody can perform it')
  const steps = moves.map(placed)
  const errors = machine.scratch.file('stderr', '')
  const nothing = fs.openSync('/dev/null', 'r+')
  const stderr = fs.openSync(errors, 'w')
  const ends: Processes = {}
  const masters: number[] = [] // held to the end: without its master a terminal hangs up on its session
  const performance = machine.executor.open({ fds: [nothing, nothing, stderr] })
  // a program that hangs is killed: its end ends the conversation
  const timer = setTimeout(() => endProcess(ends.init ?? ends.stage), LIMIT_MS)
  try {
    const perform = options.perform ?? host('', machine.facts).perform
    const outcome = await drive(lower({ steps }), performance.channel, perform, {
      onStage: pid => {
        ends.stage = pid
        options.onStage?.(pid)
      },
      onInit: pid => {
        ends.init = pid
      },
      onConsole: fd => void masters.push(fd),
    })
    return read(steps, outcome, fs.readFileSync(errors, 'utf8'))
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException
    return failure(code, message)
  } finally {
    clearTimeout(timer)
    await performance.end()
    for (const fd of [nothing, stderr, ...masters]) fs.closeSync(fd)
  }
}

interface Processes {
  stage?: number
  init?: number
}

function placed(move: Move): Step {
  const phase = isChildStep(move as Step) ? 'isolate' : 'map'
  return { ...move, phase, why: 'to see whether it can be done', by: 'doctor' } as Step
}

function read(steps: readonly Step[], outcome: Outcome, stderr: string): Tried {
  if (outcome.kind === 'failed') {
    const step = steps[outcome.index]
    const said = outcome.detail ?? `${step === undefined ? `step ${outcome.index}` : words(step)}: ${outcome.errno}`
    const flags = step !== undefined && 'flags' in step ? step.flags.join('|') : ''
    return { done: false, errno: outcome.errno, said, op: step?.op ?? null, flags }
  }
  const status = outcome.status ?? 1 // a program without execve is "lost" with status 0: it did what it was for
  if (status === 0) return { done: true }
  const [line = ''] = stderr.split('\n').filter(text => text.trim() !== '')
  return failure('EIO', line === '' ? `ended with ${codeOf(status)}` : line.trim())
}

const failure = (errno: string, said: string): Tried => ({ done: false, errno, said, op: null, flags: '' })

function endProcess(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  } catch {
    // it ended at that very moment
  }
}

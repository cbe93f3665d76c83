/**
 * The record executor: a stage that performs nothing and remembers all, for tests, on any machine. It speaks
 * the stage's side of the channel, so the driver is tested against the same words.
 */

import { childOpByNumber } from '#core/plan/ops'
import type { ChildOp } from '#core/plan/step'
import { type ErrnoName, errnos } from '#core/sys/constants'
import type { Executor } from './executor.js'
import { decodeProgram } from './program.js'
import type { Report } from './report.js'

export interface Recorded {
  readonly index: number
  readonly op: ChildOp
}

export interface RecordOptions {
  /** Fails at the step of this plan index. */
  readonly failAt?: { readonly index: number; readonly errno: ErrnoName }
  /** Wait status of the program that is not run. */
  readonly status?: number
}

export function recordExecutor(options: RecordOptions = {}): Executor & { readonly steps: readonly Recorded[] } {
  const steps: Recorded[] = []
  return { name: 'record', steps, open: () => ({ channel: scripted(steps, options), end: async () => undefined }) }
}

/** A channel whose other end is a generator: it runs until it has something to say, and waits in its yields. */
function scripted(steps: Recorded[], options: RecordOptions) {
  const incoming: Buffer[] = []
  const story = stage(steps, options, incoming)
  return {
    send: (bytes: Uint8Array) => void incoming.push(Buffer.from(bytes)),
    async next() {
      const { value, done } = story.next()
      return done ? null : { report: value, fd: null }
    },
    close: () => undefined,
  }
}

function* stage(steps: Recorded[], { failAt, status = 0 }: RecordOptions, incoming: Buffer[]): Generator<Report, void> {
  const say = (kind: Report['kind'], index = 0, value = 0): Report => {
    const now = process.hrtime.bigint()
    return { kind, index, value, start: now, end: now }
  }
  yield say('stage')
  const { trace, records } = decodeProgram(incoming.shift()!)
  for (const { op: number, index, args } of records) {
    const op = childOpByNumber(number)!
    const errno = failAt?.index === index ? errnos[failAt.errno] : op === 'fault' ? Number(args[0]) : 0
    if (errno !== 0) {
      yield say('fail', index, errno)
      yield say('exit', 0, 1 << 8)
      return
    }
    if (op === 'yield') {
      yield say('yield', Number(args[0]))
      continue
    }
    steps.push({ index, op })
    if (op === 'fork') yield say('init', index)
    if (op === 'execve') yield say('execing', index)
    else if (trace) yield say('step', index)
  }
  yield say('running')
  yield say('exit', 0, status)
}

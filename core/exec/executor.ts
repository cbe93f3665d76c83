/**
 * An executor: whoever performs the child lane at the far end of a channel. The plan, the program and the reports are the
 * same for all; only the process behind the channel differs.
 */

import type { Lowered } from '#core/plan/lower'
import type { Channel } from './channel.js'

/** What the container's process is to have as fds 0, 1, 2, and, when it joins another, a pidfd of that. */
export interface Stdio {
  readonly fds: readonly [stdin: number, stdout: number, stderr: number]
  readonly target?: number
  /** Fds of ours that the program gets as 3 and up: `preserve_fds` moves them there. */
  readonly preserved?: readonly number[]
  /** This process serves nobody else: its main thread may wait for a moment, which spares it a pool of threads. */
  readonly alone?: boolean
}

export interface Performance {
  readonly channel: Channel
  /** Gives back what the executor holds: closes the channel, reaps its process. */
  end(): Promise<void>
}

export interface Executor {
  readonly name: 'native' | 'koffi' | 'record'
  /** Refuses by name what it cannot perform, before anything is done. */
  refuse?(lowered: Lowered): void
  open(stdio: Stdio): Performance
}

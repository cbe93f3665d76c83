/** A command of the tool, as data: what help shows, what the parser takes, what runs. */

import type { Swap } from '#core/lab'
import type { Flag, Flags } from './flags.js'

export interface Command {
  /** The full name: `ch2 run`. */
  readonly name: string
  readonly about: string
  /** What may follow the flags: `[COMMAND [ARG...]]`. */
  readonly usage: string
  readonly flags: readonly Flag[]
  /** Flags may also follow names: it takes no command for a container. */
  readonly flagsThroughout?: true
  readonly examples: readonly string[]
  /**
   * @param swap where parts come from: the chapter's own, or with --lab a learner's
   * @returns the exit code
   */
  run(flags: Flags, rest: readonly string[], swap: Swap): Promise<number> | number
}

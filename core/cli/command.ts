/** A command of the tool, as data: what help shows, what the parser takes, what runs. */

import type { Flag, Flags } from './flags.js'

export interface Command {
  /** The full name: `ch2 run`. */
  readonly name: string
  readonly about: string
  /** What may follow the flags: `[COMMAND [ARG...]]`. */
  readonly usage: string
  readonly flags: readonly Flag[]
  readonly examples: readonly string[]
  /** @returns the exit code */
  run(flags: Flags, rest: readonly string[]): Promise<number> | number
}

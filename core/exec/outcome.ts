/** How a start went, in the driver's words, and as the exit code that Docker would give. */

import { exitCode, type MiniDockerError } from '#core/errors'

export type Outcome =
  /** A step failed; nothing runs. */
  | {
      readonly kind: 'failed'
      readonly index: number
      readonly errno: string
      readonly detail?: string
      /** What a host step threw, where that says it all. */
      readonly cause?: MiniDockerError
    }
  /** The program ran and ended: wait status, as waitpid(2) has it. */
  | { readonly kind: 'exited'; readonly status: number }
  /** Stage or monitor ended before the program ran: somebody killed it. `index`: the last step heard of. */
  | { readonly kind: 'lost'; readonly status: number | null; readonly index: number; readonly ran?: true }

/** WEXITSTATUS, or 128 + the signal: what a shell says of a program. */
export const codeOf = (status: number): number =>
  (status & 0x7f) === 0 ? (status >> 8) & 0xff : exitCode.signalBase + (status & 0x7f)

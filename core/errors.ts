/**
 * The one shape of an error that a user is meant to read: a class, the operands, the errno's name and a hint.
 *
 * Classes are containerd's (github.com/containerd/errdefs). The text is lower case, without a full stop, operands
 * quoted; the cause is kept. The exit codes are Docker's (docs.docker.com/engine/containers/run/#exit-status).
 */

export type ErrorClass =
  | 'NotFound'
  | 'AlreadyExists'
  | 'InvalidArgument'
  | 'FailedPrecondition'
  | 'Unsupported'
  | 'Unavailable'

/** 125 the tool failed, 126 the command cannot be executed, 127 it was not found, 128+n signal n ended it. */
export const exitCode = { toolFailed: 125, notExecutable: 126, notFound: 127, signalBase: 128 } as const

export interface Failure {
  /** What was tried, operands quoted: `rootfs '/nope'`, `mount 'proc' on '/proc'`. */
  readonly what: string
  /** What is wrong with it, in words or as an errno's name. */
  readonly why: string
  /** What the reader can do about it. */
  readonly hint?: string
  readonly exit?: number
  readonly cause?: unknown
}

export class MiniDockerError extends Error {
  override readonly name = 'MiniDockerError'
  readonly class: ErrorClass
  readonly hint: string | undefined
  readonly exit: number

  constructor(errorClass: ErrorClass, failure: Failure) {
    super(`${failure.what}: ${failure.why}`, failure.cause === undefined ? undefined : { cause: failure.cause })
    this.class = errorClass
    this.hint = failure.hint
    this.exit = failure.exit ?? exitCode.toolFailed
  }

  /** The one line that the user reads. */
  get line(): string {
    return this.hint === undefined ? this.message : `${this.message} (${this.hint})`
  }
}

export function fail(errorClass: ErrorClass, failure: Failure): never {
  throw new MiniDockerError(errorClass, failure)
}

/** The errno's name of a Node system error ('ENOENT'), else undefined. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

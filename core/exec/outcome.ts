/** How a start went, in the driver's words, and as the exit code that Docker would give. */

import { type ErrorClass, exitCode, MiniDockerError } from '#core/errors'
import { words } from '#core/plan/ops'
import type { Plan, Step } from '#core/plan/step'
import { type ErrnoName, signalName } from '#core/sys/constants'

export type Outcome =
  /** A step failed; nothing runs. */
  | { readonly kind: 'failed'; readonly index: number; readonly errno: string; readonly detail?: string }
  /** The program ran and ended: wait status, as waitpid(2) has it. */
  | { readonly kind: 'exited'; readonly status: number }
  /** Stage or monitor ended before the program ran: somebody killed it. `index`: the last step heard of. */
  | { readonly kind: 'lost'; readonly status: number | null; readonly index: number }

/** WEXITSTATUS, or 128 + the signal: what a shell says of a program. */
export const codeOf = (status: number): number =>
  (status & 0x7f) === 0 ? (status >> 8) & 0xff : exitCode.signalBase + (status & 0x7f)

const classOf: Partial<Record<ErrnoName, ErrorClass>> = {
  ENOENT: 'NotFound',
  ENOTDIR: 'InvalidArgument',
  EINVAL: 'InvalidArgument',
  ENAMETOOLONG: 'InvalidArgument',
  ELOOP: 'InvalidArgument',
  EEXIST: 'AlreadyExists',
  ENOSYS: 'Unsupported',
  EOPNOTSUPP: 'Unsupported',
  ENODEV: 'Unsupported',
  EAGAIN: 'Unavailable',
  ENOMEM: 'Unavailable',
  ENOSPC: 'Unavailable',
  EUSERS: 'Unavailable',
}

/** The error of a start that failed at a step: which, why, and what to do about it. */
export function stepError(plan: Plan, index: number, errno: string, detail?: string): MiniDockerError {
  const step = plan.steps[index]
  const errorClass = classOf[errno as ErrnoName] ?? 'FailedPrecondition'
  if (step === undefined) return new MiniDockerError(errorClass, { what: `step ${index}`, why: errno })
  const hint = hintFor(step, errno)
  return new MiniDockerError(errorClass, {
    what: subject(step, index),
    why: detail === undefined ? errno : `${errno}: ${detail}`,
    exit: exitFor(step, errno),
    ...(hint === undefined ? {} : { hint }),
  })
}

export function lostError(plan: Plan, outcome: Extract<Outcome, { kind: 'lost' }>): MiniDockerError {
  const step = plan.steps[outcome.index]
  const by = outcome.status === null || outcome.status === 0 ? 'ended' : `was ended by ${signalName(outcome.status & 0x7f)}`
  return new MiniDockerError('Unavailable', {
    what: step === undefined ? 'the stage' : `the stage, after step ${outcome.index} (${step.op})`,
    why: `${by} before the program ran`,
    exit: outcome.status === null || (outcome.status & 0x7f) === 0 ? exitCode.toolFailed : codeOf(outcome.status),
  })
}

/** What the user asked for is named; how we went about it, only where that is all there is to say. */
function subject(step: Step, index: number): string {
  switch (step.op) {
    case 'lookup':
      return `command '${step.candidates.length === 1 ? step.candidates[0] : nameOf(step.candidates[0] ?? '')}'`
    case 'execve':
      return `exec '${step.args[0]}'`
    default:
      return `step ${index} ${words(step)}`
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Starting the program failed, rather than the tool: 126 and 127 (chroot(1), sh(1), docker run). */
function exitFor(step: Step, errno: string): number {
  const startsProgram = step.op === 'lookup' || step.op === 'execve' || (step.op === 'chdir' && step.phase === 'become')
  if (!startsProgram) return exitCode.toolFailed
  return errno === 'ENOENT' || errno === 'ENOTDIR' ? exitCode.notFound : exitCode.notExecutable
}

function hintFor(step: Step, errno: string): string | undefined {
  if (step.op === 'lookup') {
    return errno === 'ENOENT' ? "it is in none of the container's PATH directories" : 'it is there, but it is no file that may be executed: chmod +x'
  }
  if (step.op === 'execve') {
    if (errno === 'ENOENT') return 'the file is there, the interpreter or loader that it names is not in the rootfs'
    if (errno === 'ENOEXEC') return 'a script without a #! line, or a program for another machine'
    if (errno === 'E2BIG') return 'arguments and environment are too long'
  }
  if (step.op === 'chdir' && step.phase === 'become') return 'make the directory in the rootfs, or choose another --workdir'
  if ((step.op === 'unshare' || step.op === 'fork') && (errno === 'ENOSPC' || errno === 'EUSERS')) {
    return "a limit of /proc/sys/user/max_*_namespaces is reached"
  }
  if (step.op === 'unshare' && errno === 'EPERM') return 'needs root or user namespaces: mini-docker doctor says which'
  if (step.op === 'chroot' && errno === 'EPERM') return 'chroot is for root: sudo, or ch2, which can do without'
  if (step.op === 'mount' && step.flags.includes('MS_BIND') && errno === 'ENOENT') return 'the source must exist on the host'
  if (errno === 'EXDEV' || errno === 'ELOOP') return 'a symlink of the rootfs leads nowhere inside it'
  if (errno === 'EPERM' || errno === 'EACCES') return 'not allowed: mini-docker doctor says what this machine permits'
  return undefined
}

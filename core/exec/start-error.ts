/** What an outcome without a program's exit is to the user: which step failed or who was lost, why, and what to do about it. */

import { type ErrorClass, errnoOf, exitCode, MiniDockerError } from '#core/errors'
import { hintFor, ownSubjectOf, startsProgram, subjectOf } from '#core/plan/failures'
import type { HostStep, Plan, Step } from '#core/plan/step'
import { type ErrnoName, signalName, signals } from '#core/sys/constants'
import type { Outcome } from './outcome.js'

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
export function stepError(
  plan: Plan,
  { index, errno, detail, cause }: Extract<Outcome, { kind: 'failed' }>,
): MiniDockerError {
  if (cause !== undefined) return cause
  const step = plan.steps[index]
  const errorClass = classOf[errno as ErrnoName] ?? 'FailedPrecondition'
  if (step === undefined) return new MiniDockerError(errorClass, { what: `step ${index}`, why: errno })
  const hint = hintFor(step, errno)
  return new MiniDockerError(errorClass, {
    what: subjectOf(step, index),
    why: detail === undefined ? errno : `${errno}: ${detail}`,
    exit: exitFor(step, errno),
    ...(hint === undefined ? {} : { hint }),
  })
}

/** The same of a host step that belongs to no plan: it has no index. Where the table has no row, the error as it was. */
export function hostStepError(step: HostStep, error: unknown): unknown {
  const errno = errnoOf(error)
  const what = ownSubjectOf(step)
  if (error instanceof MiniDockerError || errno === undefined || what === undefined) return error
  const hint = hintFor(step, errno)
  return new MiniDockerError(classOf[errno as ErrnoName] ?? 'FailedPrecondition', {
    what,
    why: errno,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
}

export function lostError(plan: Plan, outcome: Extract<Outcome, { kind: 'lost' }>): MiniDockerError {
  if (outcome.ran === true) {
    return new MiniDockerError('Unavailable', {
      what: 'the monitor',
      why: 'was ended while the program ran, and the program with it',
      exit: exitCode.signalBase + signals.SIGKILL,
    })
  }
  const step = plan.steps[outcome.index]
  const signal = (outcome.status ?? 0) & 0x7f
  return new MiniDockerError('Unavailable', {
    what: step === undefined ? 'the stage' : `the stage, after step ${outcome.index} (${step.op})`,
    why: `${signal === 0 ? 'ended' : `was ended by ${signalName(signal)}`} before the program ran`,
    exit: signal === 0 ? exitCode.toolFailed : exitCode.signalBase + signal,
  })
}

/** chroot(1), sh(1), docker run: 127 the program is not there, 126 it cannot be executed; all else is the tool's 125. */
function exitFor(step: Step, errno: string): number {
  if (!startsProgram(step)) return exitCode.toolFailed
  return errno === 'ENOENT' || errno === 'ENOTDIR' ? exitCode.notFound : exitCode.notExecutable
}

/** What went wrong with an entry, told as an error that names it. */

import { type ErrorClass, errnoOf, fail, MiniDockerError } from '#core/errors'
import type { Entry } from './entry.js'
import { quoted } from './name.js'

/** Errnos that are the machine's fault, not the layer's. */
const machine: Readonly<Record<string, string | undefined>> = {
  ENOSPC: 'free some space: df says where there is none',
  EDQUOT: 'the quota of the user is used up',
  EROFS: 'the file system is mounted read-only',
  EIO: 'dmesg says what the kernel found',
  EMFILE: 'raise the limit of open files: ulimit -n',
}

const hints: Readonly<Record<string, string | undefined>> = {
  ENAMETOOLONG: 'the file system has no room for so long a name',
  ENOTDIR: 'one of the directories in its path is a file',
  ELOOP: 'symlinks in its path lead in a circle',
}

/** Says what and why. Errors that are no errno of a call are thrown on as they are. */
export function placeError(layer: string, { type, path }: Entry, error: unknown): never {
  const what = `layer '${layer}': ${type} ${quoted(path)}`
  if (error instanceof MiniDockerError) {
    fail(error.class, { what, why: error.message, ...(error.hint !== undefined && { hint: error.hint }), cause: error })
  }
  const errno = errnoOf(error)
  if (errno === undefined) throw error
  const class_: ErrorClass = errno in machine ? 'Unavailable' : 'FailedPrecondition'
  const hint = machine[errno] ?? hints[errno]
  const { syscall = 'it' } = error as { readonly syscall?: string }
  return fail(class_, { what, why: `${syscall}: ${errno}`, ...(hint !== undefined && { hint }), cause: error })
}

/** The end of every program: find the executable, hold back the fds, become it. native/exec.c in TypeScript. */

import * as fs from 'node:fs'
import { atFlags, CLOSE_RANGE_CLOEXEC, type ErrnoName, errnos, fcntlCommands, signals } from '#core/sys/constants'
import { call, Errno, syscall } from '#core/sys/libc'
import { fcntl, report, stage } from './koffi-state.js'

const { AT_FDCWD, AT_EACCESS } = atFlags
const { F_GETFL, F_SETFD, F_SETFL } = fcntlCommands
const { X_OK } = fs.constants
const ALL_FDS = 0xffffffff
const SIGXFSZ = 25
/** nptl(7) */
const SIGCANCEL = 32
const SIGSETXID = 33
const SIGACTION_LENGTH = 32
const SIG_SETMASK = 2
/** The kernel's set has a bit for each signal, libc's has room for more. */
const SIGSET_LENGTH = 8
const LIBC_SIGSET_LENGTH = 128

/** access(2), faccessat2 with AT_EACCESS: by the effective ids, those that execve will look at. */
function mayExecute(path: string): boolean {
  try {
    syscall('faccessat2', 'int', AT_FDCWD, 'const char *', path, 'int', X_OK, 'int', AT_EACCESS)
    return true
  } catch (error) {
    const { errno } = error as Errno
    if (errno !== errnos.ENOSYS && errno !== errnos.EPERM) return false // EPERM: by a filter that does not know the call
  }
  // before Linux 5.8: by the real ids, which after setresuid are the same
  try {
    fs.accessSync(path, X_OK)
    return true
  } catch {
    return false
  }
}

/** Before the container is called created: so that a missing file (127) and one without rights (126) are known then. */
export function lookup(candidates: readonly string[]): void {
  let why: ErrnoName = 'ENOENT'
  for (const candidate of candidates) {
    try {
      if (fs.statSync(candidate).isFile() && mayExecute(candidate)) {
        stage.executable = candidate
        return
      }
      why = 'EACCES' // it is there, but it is a directory, or no x bit, or a noexec mount
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === 'EACCES' || code === 'ELOOP') why = code
    }
  }
  throw new Errno('lookup', errnos[why])
}

/** close_range(2). Close-on-exec, not closed: the channel has to carry the report if execve fails. */
export const closeFds = (from: number): number =>
  syscall('close_range', 'unsigned int', from, 'unsigned int', ALL_FDS, 'int', CLOSE_RANGE_CLOEXEC)

/**
 * What execve would keep of what was done to this process: libuv marked stdio close-on-exec and perhaps non-blocking, Node
 * ignores two signals, and glibc's posix_spawn two of its own, which signal(3) does not touch: hence the raw call. All
 * others Node has set to their defaults at its start.
 */
function undoNode(): void {
  for (const fd of [0, 1, 2]) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) & ~fs.constants.O_NONBLOCK)
    fcntl(fd, F_SETFD, 0)
  }
  const byDefault = Buffer.alloc(SIGACTION_LENGTH) // all zero: SIG_DFL, no flags, no mask
  for (const signal of [signals.SIGPIPE, SIGXFSZ, SIGCANCEL, SIGSETXID]) {
    const pointers = ['void *', byDefault, 'void *', null]
    syscall('rt_sigaction', 'int', signal, ...pointers, 'size_t', SIGSET_LENGTH)
  }
  call('int sigprocmask(int how, const void *set, void *old)', SIG_SETMASK, Buffer.alloc(LIBC_SIGSET_LENGTH), null)
}

/** execve(2). That it worked, the monitor sees: the status pipe closes. */
export function execve(args: readonly string[], env: readonly string[]): void {
  undoNode()
  report('execing', stage.index, 0, stage.start)
  const prototype = 'int execve(const char *path, const char **argv, const char **envp)'
  call(prototype, stage.executable ?? args[0], [...args, null], [...env, null])
}

/** Starting and reaping a process without libuv: half of what child_process costs, and every fd is where we want it. */

import * as fs from 'node:fs'
import { errnos, fcntlCommands, memfdFlags, seals } from './constants.js'
import { call, callAsync, Errno } from './libc.js'

/**
 * posix_spawn(3): fork and exec without going through libuv. `fds[n]` becomes the child's fd n; all others are closed.
 * @returns the pid: a child of this process, to be reaped with `reap`
 */
export function spawn(path: string, argv: readonly string[], env: readonly string[], fds: readonly number[]): number {
  const actions = new Uint8Array(256) // posix_spawn_file_actions_t: 80 bytes in glibc and musl
  const check = (name: string, error: number): void => {
    if (error !== 0) throw new Errno(name, error)
  }
  check('posix_spawn_file_actions_init', call('int posix_spawn_file_actions_init(void *actions)', actions))
  try {
    // A dup2 onto itself clears close-on-exec, which libuv sets on 0-2. A source that a later target would overwrite does
    // not occur: all but stdio lie above the targets, as Node's own fds do.
    const dup2 = 'int posix_spawn_file_actions_adddup2(void *actions, int from, int to)'
    fds.forEach((from, to) => {
      check('posix_spawn_file_actions_adddup2', call(dup2, actions, from, to))
    })
    const pid = new Int32Array(1)
    const prototype =
      'int posix_spawn(void *pid, const char *path, void *actions, void *attributes, const char **argv, const char **envp)'
    check(`posix_spawn '${path}'`, call(prototype, pid, path, actions, null, [...argv, null], [...env, null]))
    return pid[0]!
  } finally {
    call('int posix_spawn_file_actions_destroy(void *actions)', actions)
  }
}

/** F_DUPFD_CLOEXEC(2const). @param above the lowest number it may have: a child's fds below it are the targets of `spawn` */
export const duplicate = (fd: number, above: number): number =>
  call('int fcntl(int fd, int command, ...)', fd, fcntlCommands.F_DUPFD_CLOEXEC, 'int', above)

const waitpid = 'int waitpid(int pid, void *status, int options)'

/** waitpid(2) on a thread of the pool. @returns the wait status */
export async function reap(pid: number): Promise<number> {
  const status = new Int32Array(1)
  await callAsync(waitpid, pid, status, 0)
  return status[0]!
}

/** The same on this thread, which stands still, for a process that is about to end. */
export function reapNow(pid: number): number {
  const status = new Int32Array(1)
  call(waitpid, pid, status, 0)
  return status[0]!
}

/**
 * A copy of a program in memory that nobody can write to, as an fd: who gets hold of it by /proc/<pid>/exe has the copy,
 * not the file (CVE-2019-5736; runc does the same). memfd_create(2), F_ADD_SEALS(2const). Started by /proc/self/fd/<fd>.
 * @param above see `duplicate`
 * @throws Errno where the kernel makes none that can be executed (sysctl vm.memfd_noexec=2)
 */
export function sealedCopy(path: string, above = 0): number {
  const memory = executableMemory()
  const fd = duplicate(memory, above)
  fs.closeSync(memory)
  try {
    fs.writeFileSync(fd, fs.readFileSync(path))
    const all = Object.values(seals).reduce<number>((sum, seal) => sum | seal, 0)
    call('int fcntl(int fd, int command, ...)', fd, fcntlCommands.F_ADD_SEALS, 'int', all)
    return fd
  } catch (error) {
    fs.closeSync(fd)
    throw error
  }
}

function executableMemory(): number {
  const { MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_EXEC } = memfdFlags
  const create = (flags: number): number =>
    call('int memfd_create(const char *name, unsigned int flags)', 'mini-docker:stage', flags)
  try {
    return create(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC)
  } catch (error) {
    if ((error as Errno).errno !== errnos.EINVAL) throw error
    return create(MFD_CLOEXEC | MFD_ALLOW_SEALING) // before Linux 6.3 there is no such flag, and no need of it
  }
}

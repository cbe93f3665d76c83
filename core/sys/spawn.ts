/** Starting and reaping a process without libuv: half of what child_process costs, and every fd is where we want it. */

import { call, callAsync, Errno } from './libc.js'

/**
 * posix_spawn(3): fork and exec without going through libuv. `fds[n]` becomes the child's fd n; all others are closed.
 * @returns the pid: a child of this process, to be reaped with `reap`
 */
export function spawn(path: string, argv: readonly string[], env: readonly string[], fds: readonly number[]): number {
  const actions = Buffer.alloc(256) // posix_spawn_file_actions_t: 80 bytes in glibc and musl
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

/** waitpid(2) on a thread of the pool. @returns the wait status */
export async function reap(pid: number): Promise<number> {
  const status = new Int32Array(1)
  await callAsync('int waitpid(int pid, void *status, int options)', pid, status, 0)
  return status[0]!
}

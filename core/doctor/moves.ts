/** Beginnings that many trials share: a user namespace, a private mount tree, a program at the end. */

import type { Machine } from './check.js'
import type { Move } from './trial.js'

/** A user namespace in which the caller is root: one id mapped, which takes no right at all (user_namespaces(7)). */
export function userNamespace({ uid, gid }: Pick<Machine, 'uid' | 'gid'>): Move[] {
  return [
    { op: 'unshare', flags: ['CLONE_NEWUSER'] },
    { op: 'write_proc', of: 'stage', file: 'setgroups', data: 'deny' },
    { op: 'write_proc', of: 'stage', file: 'uid_map', data: `0 ${uid} 1\n` },
    { op: 'write_proc', of: 'stage', file: 'gid_map', data: `0 ${gid} 1\n` },
    { op: 'setresgid', gid: 0 },
    { op: 'setresuid', uid: 0 },
  ]
}

/** As a run would begin: root makes namespaces as it is, an ordinary user inside a user namespace. */
export const asRunner = (machine: Machine): Move[] => (machine.root ? [] : userNamespace(machine))

/** A mount tree of one's own, of which the host sees nothing; `/` is where targets are resolved. */
export const privateMounts: readonly Move[] = [
  { op: 'unshare', flags: ['CLONE_NEWNS'] },
  { op: 'propagation', path: '/', flags: ['MS_REC', 'MS_PRIVATE'] },
]

/** The program is the end of the trial: it works if it exits with 0. */
export const program = (path: string, ...args: readonly string[]): Move[] => [
  { op: 'close_fds', from: 3 },
  { op: 'execve', args: [path, ...args], env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C'] },
]

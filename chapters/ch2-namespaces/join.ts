/**
 * Joining a container that runs: `exec` is a plan as well, of setns(2) instead of unshare(2).
 *
 * The process is held by a pidfd, so that it cannot be taken for another that gets its number. One setns joins all its
 * namespaces, the user namespace first; the pid namespace takes only children in, hence the fork.
 */

import type { Parts } from '#core/chapter'
import type { Pass } from '#core/plan/assemble'
import type { CloneFlag } from '#core/sys/constants'
import { parts as ch1 } from '../ch1-chroot/index.js'
import { becomeWhere } from './become.js'
import { startInit } from './start-init.js'
import { terminal } from './terminal.js'

/** What was found out about the process to join. */
export interface JoinTarget {
  readonly pid: number
  /** Of the namespaces that differ from ours: to join one's own user namespace is an error. */
  readonly flags: readonly CloneFlag[]
  /** Its user namespace forbids setgroups(2). */
  readonly setgroupsDenied: boolean
}

const at = { phase: 'enter', by: 'ch2.join' } as const

// #region part
const join =
  ({ flags, setgroupsDenied, pid }: JoinTarget): Pass =>
  () => [
    ...(flags.includes('CLONE_NEWNS')
      ? []
      : [
          {
            ...at,
            op: 'chroot',
            path: `/proc/${pid}/root`,
            why: 'no mounts of its own: only its root directory',
          } as const,
        ]),
    ...(flags.length === 0
      ? []
      : [{ ...at, op: 'setns', fd: 'target', flags, why: 'all at once, the user namespace first' } as const]),
    ...(flags.includes('CLONE_NEWUSER') ? takeRoot(setgroupsDenied) : []),
    { ...at, op: 'chdir', path: '/', why: 'the working directory is still outside' },
  ]

const takeRoot = (setgroupsDenied: boolean) => [
  ...(setgroupsDenied
    ? []
    : [{ ...at, op: 'setgroups', gids: [], why: 'the groups of outside mean nothing in here' } as const]),
  { ...at, op: 'setresgid', gid: 0, why: 'the id of outside has no name in here' } as const,
  { ...at, op: 'setresuid', uid: 0, why: 'root of the user namespace' } as const,
]
// #endregion part

/** The console is made in the container's devpts: it needs the container's root as an fd. */
const openRoot: Pass = ({ process }) =>
  process.terminal === true
    ? [
        {
          op: 'open_root',
          path: '/',
          phase: 'root',
          by: 'ch2.join',
          why: "the terminal comes out of the container's devpts",
        },
      ]
    : []

export const joinParts = (target: JoinTarget): Parts => ({
  join: join(target),
  become: becomeWhere(target.setgroupsDenied),
  findProgram: ch1.findProgram,
  startInit,
  openRoot,
  terminal,
  exec: ch1.exec,
})

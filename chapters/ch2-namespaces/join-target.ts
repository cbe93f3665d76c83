/** What is found out about a process before it is joined: that it is the one that is meant, and which of its namespaces are not ours. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import type { CloneFlag } from '#core/sys/constants'
import { type Identity, isAlive } from '#core/sys/identity'
import { pidfdOpen } from '#core/sys/libc'
import type { JoinTarget } from './join.js'

const namesOf: Readonly<Record<string, CloneFlag>> = {
  user: 'CLONE_NEWUSER',
  mnt: 'CLONE_NEWNS',
  uts: 'CLONE_NEWUTS',
  ipc: 'CLONE_NEWIPC',
  net: 'CLONE_NEWNET',
  pid: 'CLONE_NEWPID',
  cgroup: 'CLONE_NEWCGROUP',
  time: 'CLONE_NEWTIME',
}

/** A pidfd of that very process: opened, then checked that the number had not changed hands before. */
export function hold(init: Identity, who: string): number {
  const pidfd = pidfdOpen(init.pid)
  if (isAlive(init)) return pidfd
  return fail('FailedPrecondition', { what: `container '${who}'`, why: 'has just ended' })
}

export function inspect(pid: number, who: string): JoinTarget {
  try {
    // a kernel built without some of them has no links for those, and nothing to join
    const here = Object.entries(namesOf).filter(([name]) => fs.existsSync(`/proc/self/ns/${name}`))
    const flags = here.flatMap(([name, flag]) =>
      fs.readlinkSync(`/proc/${pid}/ns/${name}`) === fs.readlinkSync(`/proc/self/ns/${name}`) ? [] : [flag],
    )
    const setgroups = fs.existsSync('/proc/self/setgroups')
      ? fs.readFileSync(`/proc/${pid}/setgroups`, 'utf8').trim()
      : ''
    return { pid, flags, setgroupsDenied: setgroups === 'deny' }
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    return fail(errno === 'ENOENT' ? 'FailedPrecondition' : 'Unsupported', {
      what: `namespaces of '${who}'`,
      why: errno,
      hint: errno === 'ENOENT' ? 'it has just ended' : 'they are for root and for who made them',
      cause,
    })
  }
}

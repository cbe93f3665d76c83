/** overlayfs on the data directory's file system, as root and in a user namespace: the U of UnionFS. */

import { type Machine, missing, ok, type Probe } from './check.js'
import { privateMounts, userNamespace } from './moves.js'
import { admin } from './remedy.js'
import { attempt, type Move, type Tried } from './trial.js'

/** `userxattr`: in a user namespace whiteouts are marked by user.* attributes; trusted.* is root's (overlayfs.rst). */
function stack(machine: Machine, name: string, extra: string): Move[] {
  const { scratch } = machine
  const merged = scratch.directory(`merged-${name}`)
  const [lower, upper, work] = ['lower', 'upper', 'work'].map(part => scratch.directory(`${part}-${name}`))
  return [
    ...privateMounts,
    { op: 'open_root', path: '/' },
    {
      op: 'mount',
      source: 'overlay',
      target: merged,
      fstype: 'overlay',
      flags: [],
      data: `lowerdir=${lower},upperdir=${upper},workdir=${work}${extra}`,
    },
    { op: 'open_root', path: merged },
    { op: 'mkdir', target: '/written', mode: 0o755 },
  ]
}

function remedyFor(tried: Extract<Tried, { done: false }>, machine: Machine): string {
  if (tried.errno === 'ENODEV') return admin(machine.root, 'modprobe overlay')
  if (tried.errno === 'EPERM' && !machine.root) return 'Linux 5.11 or later lets a user namespace mount it'
  return 'put MINI_DOCKER_ROOT on a file system that can be an upper layer: ext4, xfs or btrfs, not overlayfs itself'
}

export const overlay: Probe = {
  id: 'overlay',
  what: 'overlayfs',
  chapters: ['ch4', 'ch5', 'ch6'],
  needed: ['ch4'],
  loses: 'stacked layers',
  after: ['mount-namespace'],
  async look(machine) {
    const tried = await attempt(machine, stack(machine, 'root', ''))
    return tried.done ? ok('mounts, and takes what is written') : missing(tried.said, remedyFor(tried, machine))
  },
}

export const overlayInUserNamespace = (root: boolean): Probe => ({
  id: 'userns-overlay',
  what: 'overlayfs in a user namespace',
  chapters: ['ch4', 'ch5', 'ch6'],
  needed: root ? [] : ['ch4'],
  loses: root ? 'stacked layers with --userns' : 'stacked layers',
  after: ['user-namespace'],
  async look(machine) {
    const tried = await attempt(machine, [...userNamespace(machine), ...stack(machine, 'user', ',userxattr')])
    if (tried.done) return ok('mounts, and takes what is written')
    return { ...missing(tried.said, remedyFor(tried, machine)), ...(root ? {} : { rootCould: true as const }) }
  },
})

/** A root directory of its own, and what is mounted in it: pivot_root, /proc, /dev, a terminal. */

import { from } from './chapters.js'
import { missing, ok, type Probe } from './check.js'
import { asRunner, privateMounts } from './moves.js'
import { namespaceRemedy, notQuiteRoot } from './remedy.js'
import { attempt, type Move } from './trial.js'
import { ownProc } from './user-namespace.js'

export const pivotRoot = (root: boolean): Probe => ({
  id: 'pivot-root',
  what: 'pivot_root',
  chapters: from('ch2'),
  needed: from('ch2'),
  loses: 'a root of its own',
  after: ['mount-namespace'],
  async look(machine) {
    const place = machine.scratch.directory('root')
    const tried = await attempt(machine, [
      ...asRunner(machine),
      ...privateMounts,
      { op: 'bind_root', path: place },
      { op: 'chdir', path: place },
      { op: 'pivot_root', newRoot: '.', putOld: '.' },
      { op: 'umount', path: '.', flags: ['MNT_DETACH'] },
      { op: 'chdir', path: '/' },
    ])
    if (tried.done) return ok('changes the root mount')
    const initramfs = tried.op === 'pivot_root' && tried.errno === 'EINVAL'
    return missing(
      tried.said,
      initramfs
        ? 'the machine runs from its initramfs: boot it from a file system'
        : namespaceRemedy('mount', tried.errno, root),
    )
  },
})

export const proc: Probe = {
  id: 'proc',
  what: 'proc of a new pid namespace',
  chapters: from('ch2'),
  needed: [],
  loses: 'a /proc of its own (run with --no-pid)',
  after: ['mount-namespace', 'pid-namespace'],
  async look(machine) {
    const tried = await attempt(machine, [...privateMounts, ...ownProc])
    return tried.done ? ok('mounts') : missing(tried.said, notQuiteRoot)
  },
}

/**
 * Root makes the nodes and gives terminals to group 5. Both are refused to a user namespace's root (mknod(2)), which binds
 * the host's nodes instead.
 */
export const devices: Probe = {
  id: 'devices',
  what: 'device nodes and a devpts',
  chapters: from('ch2'),
  needed: from('ch2'),
  loses: 'a /dev of its own',
  after: ['mount-namespace'],
  async look(machine) {
    const place = machine.scratch.directory('devices')
    const { initial } = machine.facts.userNamespace
    const tried = await attempt(machine, [
      ...privateMounts,
      { op: 'bind_root', path: place },
      { op: 'open_root', path: place },
      { op: 'mount', source: 'tmpfs', target: '/', fstype: 'tmpfs', flags: ['MS_NOSUID'], data: 'mode=755' },
      { op: 'open_root', path: place },
      ...(initial ? madeNode : boundNode),
      { op: 'mkdir', target: '/pts', mode: 0o755 },
      devpts('/pts', initial ? ',gid=5' : ''),
    ])
    return tried.done
      ? ok('made')
      : missing(
          tried.said,
          'be root of the machine, or an ordinary user: then mini-docker makes the user namespace itself',
        )
  },
}

const madeNode: readonly Move[] = [{ op: 'mknod', target: '/null', type: 'char', mode: 0o666, device: [1, 3] }]
const boundNode: readonly Move[] = [
  { op: 'mknod', target: '/null', type: 'file', mode: 0o666 },
  { op: 'mount', source: '/dev/null', target: '/null', fstype: null, flags: ['MS_BIND'], data: null },
]

const devpts = (target: string, group: string): Move => ({
  op: 'mount',
  source: 'devpts',
  target,
  fstype: 'devpts',
  flags: ['MS_NOSUID', 'MS_NOEXEC'],
  data: `newinstance,ptmxmode=0666,mode=0620${group}`,
})

/** pty(7): the terminal is opened in a devpts of the container's own, by a session that has none yet. */
export const terminal: Probe = {
  id: 'terminal',
  what: 'terminals (ptmx in a devpts of its own)',
  chapters: from('ch2'),
  needed: [],
  loses: '--tty',
  after: ['mount-namespace'],
  async look(machine) {
    const place = machine.scratch.directory('terminal')
    machine.scratch.directory('terminal/dev/pts')
    const tried = await attempt(machine, [
      ...asRunner(machine),
      ...privateMounts,
      { op: 'fork' },
      { op: 'setsid' },
      { op: 'bind_root', path: place },
      { op: 'open_root', path: place },
      devpts('/dev/pts', ''),
      { op: 'console', rows: 24, columns: 80, owner: 0 },
    ])
    return tried.done
      ? ok('opened')
      : missing(tried.said, 'boot a kernel with CONFIG_UNIX98_PTYS=y, or leave --tty out')
  },
}

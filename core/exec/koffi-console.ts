/** The container's terminal: native/console.c in TypeScript. */

import * as fs from 'node:fs'
import { roles } from '#core/plan/ops'
import { errnos, ioctls, mountFlags, openFlags } from '#core/sys/constants'
import { call, type Errno, syscall } from '#core/sys/libc'
import { mountCall } from './koffi-mount.js'
import { inParent, inRoot, openInRoot, procPath, using } from './koffi-resolve.js'
import { reportFd } from './koffi-state.js'

const { O_RDWR, O_NOCTTY, S_IFREG } = fs.constants
const { TIOCSCTTY, TIOCGPTPEER, TIOCSPTLCK, TIOCSWINSZ } = ioctls
const NO_CHANGE = 0xffffffff

/** ioctl(2); what its third argument is depends on the second. */
const ioctl = (fd: number, request: number, type: 'int' | 'void *', value: unknown): number =>
  call('int ioctl(int fd, unsigned long request, ...)', fd, request, type, value)

/** pty(7), ioctl_tty(2). The slave comes from the master, not from a name that the image could have put something at. */
function openSlave(master: number): number {
  ioctl(master, TIOCSPTLCK, 'void *', new Int32Array([0]))
  return ioctl(master, TIOCGPTPEER, 'int', O_RDWR | O_NOCTTY | openFlags.O_CLOEXEC)
}

/** /dev/console: a bind mount of the slave on an empty file, both by fd. */
function bindConsole(slave: number): void {
  try {
    inParent('/dev/console', (parent, name) =>
      syscall('mknodat', 'int', parent, 'const char *', name, 'unsigned int', S_IFREG | 0o600, 'unsigned int', 0),
    )
  } catch (error) {
    if ((error as Errno).errno !== errnos.EEXIST) throw error
  }
  inRoot('/dev/console', target => mountCall(procPath(slave), procPath(target), null, mountFlags.MS_BIND, null))
}

/** The slave becomes the controlling terminal, which takes a session that has none: setsid is a step before this one. */
function becomeTerminal(slave: number): void {
  ioctl(slave, TIOCSCTTY, 'int', 0)
  for (const fd of [0, 1, 2]) call('int dup3(int from, int to, int flags)', slave, fd, 0)
}

/**
 * Opened in the container's own devpts: one from the host's has no name in there, and `tty` would say "not a tty". The
 * master goes out last, when all that can fail is done.
 */
export function openConsole(rows: number, columns: number, owner: number): void {
  using(openInRoot('/dev/pts/ptmx', O_RDWR | O_NOCTTY), master =>
    using(openSlave(master), slave => {
      ioctl(master, TIOCSWINSZ, 'void *', new Uint16Array([rows, columns, 0, 0]))
      call('int fchown(int fd, unsigned int owner, unsigned int group)', slave, owner, NO_CHANGE)
      bindConsole(slave)
      becomeTerminal(slave)
      reportFd(roles.console, master)
    }),
  )
}

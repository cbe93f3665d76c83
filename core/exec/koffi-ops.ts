/**
 * The ops as FFI calls: one function each, with the arguments that the encoder sends, in that order (native/ops.h). An op
 * returns, or throws what carries an errno: our Errno, or the error of a synchronous fs call.
 *
 * Unlike the C stage this one does not check the types of what it is sent: both ends come from the same table.
 */

import * as fs from 'node:fs'
import type { Arg } from '#core/plan/ops'
import type { ChildOp } from '#core/plan/step'
import { atFlags, errnos, IFF_UP, ioctls, prctlOptions, sockets } from '#core/sys/constants'
import { chownAt } from '#core/sys/files'
import { call, Errno, syscall } from '#core/sys/libc'
import { receiveSync } from '#core/sys/socket'
import { openConsole } from './koffi-console.js'
import { closeFds, execve, lookup } from './koffi-exec.js'
import { fork } from './koffi-fork.js'
import {
  bindRoot,
  mount,
  mountRoot,
  mountSetattr,
  moveRoot,
  openRoot,
  pivotRoot,
  propagation,
  umount,
} from './koffi-mount.js'
import { inParent, using } from './koffi-resolve.js'
import { fdOf, monitorIsGone, placeOf, prctl, report, stage } from './koffi-state.js'

const { AF_INET, SOCK_CLOEXEC, SOCK_DGRAM } = sockets
const { SIOCGIFFLAGS, SIOCSIFFLAGS } = ioctls
const GID_LENGTH = 4
const IFREQ_LENGTH = 40
const IFNAMSIZ = 16

/** Hands over to the host and waits until it hands back, perhaps with an fd. recvmsg(2), unix(7). */
function yieldTurn(turn: number, role: number): void {
  report('yield', turn, 0, stage.start)
  const answer = Buffer.alloc(4)
  const { length, fd } = receiveSync(placeOf.channel, answer)
  if (length === 0) process.exit(1) // the host is gone
  if (role < 0 && fd !== null) fs.closeSync(fd)
  if (length !== answer.length || answer.readUInt32LE() !== turn || (role >= 0 && fd === null)) {
    throw new Errno('recvmsg', errnos.EPROTO)
  }
  if (role >= 0) stage.fds[role] = fd!
}

/** Tests put this in the place of a step. */
function fault(errno: number): void {
  if (errno !== 0) throw new Errno('fault', errno)
}

/** prctl(2). The parent may have died just before the call: then no signal ever comes, so look after it. */
function dieWithParent(signal: number): void {
  prctl(prctlOptions.PR_SET_PDEATHSIG, signal)
  if (monitorIsGone()) process.exit(1)
}

/** netdevice(7). Read before write, because the call sets all flags at once. struct ifreq: the name, then the flags. */
function linkUp(name: string): void {
  if (Buffer.byteLength(name) >= IFNAMSIZ) throw new Errno('ioctl', errnos.ENAMETOOLONG)
  const request = Buffer.alloc(IFREQ_LENGTH)
  request.write(name)
  using(call('int socket(int domain, int type, int protocol)', AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), socket => {
    const ioctl = 'int ioctl(int fd, unsigned long request, ...)'
    call(ioctl, socket, SIOCGIFFLAGS, 'void *', request)
    request.writeInt16LE(request.readInt16LE(IFNAMSIZ) | IFF_UP, IFNAMSIZ)
    call(ioctl, socket, SIOCSIFFLAGS, 'void *', request)
  })
}

/** One write: the files of /proc and of cgroups take a value whole or not at all. */
function write(path: string, data: string): void {
  const bytes = Buffer.from(data)
  using(fs.openSync(path, fs.constants.O_WRONLY), fd => {
    if (fs.writeSync(fd, bytes) !== bytes.length) throw new Errno('write', errnos.EIO)
  })
}

/** The length is without a NUL. */
const setName = (setter: 'sethostname' | 'setdomainname') => (name: string) =>
  call(`int ${setter}(const char *name, size_t length)`, name, Buffer.byteLength(name))

/** mknodat by number: glibc before 2.33 has no such symbol. */
const mknod = (path: string, mode: number, device: number) =>
  inParent(path, (parent, name) =>
    syscall('mknodat', 'int', parent, 'const char *', name, 'unsigned int', mode, 'unsigned int', device),
  )

const chown = (path: string, uid: number, gid: number) =>
  inParent(path, (parent, name) => chownAt(parent, Buffer.from(`${name}\0`), uid, gid))

const mkdirat = (parent: number, name: string, mode: number) =>
  call('int mkdirat(int parent, const char *name, unsigned int mode)', parent, name, mode)

/** Raw: libc's functions would change the other threads too, of which nothing is left after execve. */
const setIds = (name: 'setresuid' | 'setresgid') => (id: number) =>
  syscall(name, 'unsigned int', id, 'unsigned int', id, 'unsigned int', id)

/** Of the runtime that others call: it is the native stage's. */
type Ch7 =
  | 'mount_copy_up'
  | 'attach_mount'
  | 'preserve_fds'
  | 'join'
  | 'drop_bounding'
  | 'keep_caps'
  | 'capset'
  | 'ambient'
  | 'no_new_privs'
  | 'seccomp'
  | 'scheduler'
  | 'io_priority'
  | 'personality'
  | 'set_mempolicy'
  | 'session_keyring'
  | 'mask'
  | 'readonly_path'
  | 'check_cwd'
/** And what a process with threads cannot do: refused on the host side, by name (koffi.ts). */
type Refused = 'setns' | 'supervise' | 'open_cgroup' | 'open_gate' | 'wait_gate' | Ch7

const koffiOps: { readonly [O in Exclude<ChildOp, Refused>]: (...args: never[]) => unknown } = {
  yield: yieldTurn,
  fault,
  unshare: (flags: number) => call('int unshare(int flags)', flags),
  fork,
  die_with_parent: dieWithParent,
  setsid: () => call('int setsid(void)'),
  sethostname: setName('sethostname'),
  setdomainname: setName('setdomainname'),
  link_up: linkUp,
  write,
  // #region by-ffi
  chroot: (path: string) => call('int chroot(const char *path)', path),
  chdir: (path: string) => call('int chdir(const char *path)', path),
  fchdir: (role: number) => call('int fchdir(int fd)', fdOf(role)),
  // #endregion by-ffi
  mkdir_plain: (path: string, mode: number) => mkdirat(atFlags.AT_FDCWD, path, mode),
  propagation,
  bind_root: bindRoot,
  mount_root: mountRoot,
  move_root: moveRoot,
  open_root: openRoot,
  mkdir: (path: string, mode: number) => inParent(path, (parent, name) => mkdirat(parent, name, mode)),
  mknod,
  chown,
  symlink: (holds: string, path: string) =>
    inParent(path, (parent, name) =>
      call('int symlinkat(const char *holds, int parent, const char *name)', holds, parent, name),
    ),
  mount,
  mount_setattr: mountSetattr,
  console: openConsole,
  pivot_root: pivotRoot,
  umount,
  setgroups: (gids: Uint8Array) => syscall('setgroups', 'size_t', gids.length / GID_LENGTH, 'void *', gids),
  setresgid: setIds('setresgid'),
  setresuid: setIds('setresuid'),
  setrlimit: (resource: number, limits: Uint8Array) =>
    syscall('prlimit64', 'int', 0, 'int', resource, 'void *', limits, 'void *', null),
  umask: (mask: number) => call('unsigned int umask(unsigned int mask)', mask),
  lookup,
  close_fds: closeFds,
  execve,
}

/** The function of an op; undefined where there is none. */
export function performerOf(op: ChildOp | undefined): ((...args: readonly Arg[]) => unknown) | undefined {
  return koffiOps[op as keyof typeof koffiOps] as ((...args: readonly Arg[]) => unknown) | undefined
}

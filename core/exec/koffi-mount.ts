/** The mount tree: native/mount.c in TypeScript. */

import * as fs from 'node:fs'
import { roles } from '#core/plan/ops'
import { atFlags, MOVE_MOUNT_F_EMPTY_PATH, mountFlags, openFlags } from '#core/sys/constants'
import { call, syscall } from '#core/sys/libc'
import { inRoot, procPath } from './koffi-resolve.js'
import { fdOf, stage } from './koffi-state.js'

const { AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE } = atFlags
const MOUNT_ATTR_LENGTH = 32

/** mount(2) as it is: what is mounted where, and how. */
export const mountCall = (
  source: string | null,
  target: string,
  fstype: string | null,
  flags: number,
  data: string | null,
): number =>
  call(
    'int mount(const char *source, const char *target, const char *fstype, unsigned long flags, const char *data)',
    source,
    target,
    fstype,
    flags,
    data,
  )

/** mount(2), MS_PRIVATE and its like: first of all mounts, else the host sees the ones that follow. */
export const propagation = (path: string, flags: number): number => mountCall(null, path, null, flags, null)

/** mount(2), MS_BIND: pivot_root wants a mount point, and a rootfs is a plain directory until it is bound on itself. */
export const bindRoot = (path: string): number =>
  mountCall(path, path, null, mountFlags.MS_BIND | mountFlags.MS_REC, null)

/** mount(2): a root that lies nowhere yet, but is put together of layers. */
export const mountRoot = (
  source: string | null,
  path: string,
  fstype: string | null,
  flags: number,
  data: string | null,
): number => mountCall(source, path, fstype, flags, data)

/** move_mount(2): attaches a tree that the host made and sent as an fd. */
export const moveRoot = (role: number, path: string): number =>
  syscall(
    'move_mount',
    ...['int', fdOf(role), 'const char *', ''],
    ...['int', AT_FDCWD, 'const char *', path, 'unsigned int', MOVE_MOUNT_F_EMPTY_PATH],
  )

/** open(2), O_PATH. After bindRoot: an fd taken before it would lie below the bind mount. */
export function openRoot(path: string): void {
  stage.fds[roles.root] = fs.openSync(path, openFlags.O_PATH | fs.constants.O_DIRECTORY)
}

/** mount(2) on an fd. The source is a path of the host or of the container, whichever holds / at that moment. */
export const mount = (
  source: string | null,
  target: string,
  fstype: string | null,
  flags: number,
  data: string | null,
): number => inRoot(target, fd => mountCall(source, procPath(fd), fstype, flags, data))

/** mount_setattr(2): what MS_REMOUNT cannot do, a whole tree read-only in one call. */
export function mountSetattr(target: string, set: number, clear: number, recursive: number): number {
  // struct mount_attr: attr_set, attr_clr, propagation, userns_fd
  const attributes = new BigUint64Array([BigInt(set), BigInt(clear), 0n, 0n])
  const flags = AT_EMPTY_PATH | (recursive === 0 ? 0 : AT_RECURSIVE)
  return inRoot(target, fd =>
    syscall(
      'mount_setattr',
      ...['int', fd, 'const char *', '', 'unsigned int', flags],
      ...['void *', attributes, 'size_t', MOUNT_ATTR_LENGTH],
    ),
  )
}

/** pivot_root(2). (".", ".") stacks the old root on the new one: then umount("."), no directory needed for it. */
export const pivotRoot = (newRoot: string, putOld: string): number =>
  syscall('pivot_root', 'const char *', newRoot, 'const char *', putOld)

/** umount(2) */
export const umount = (path: string, flags: number): number =>
  call('int umount2(const char *path, int flags)', path, flags)

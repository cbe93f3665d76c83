/**
 * What Node's fs lacks or does only by path: files by the fd of their directory and one name, names that are no UTF-8,
 * times to the nanosecond, extended attributes, devices. One call each, named after it in section 2 of the manual.
 *
 * A name is a string, or bytes that end with a NUL. All throw Errno.
 */

import { Buffer } from 'node:buffer'
import * as fs from 'node:fs'
import { atFlags, errnos, fileTypes, openFlags, resolveFlags, STATX_BASIC_STATS } from './constants.js'
import { call, type Errno, syscallOf } from './libc.js'

export type Name = string | Uint8Array

const { AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH } = atFlags
const { O_CLOEXEC, O_PATH } = openFlags
const { O_DIRECTORY } = fs.constants
const { RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS } = resolveFlags
const OPEN_HOW_LENGTH = 24
const RACES_MAX = 64
const openat2 = syscallOf('openat2', 'int dir, const char *path, void *how, size_t size')

/** Close-on-exec. `mode` counts for O_CREAT, and the umask is taken off it. */
export const openAt = (directory: number, name: Name, flags: number, mode = 0): number =>
  call('int openat(int dir, const char *name, int flags, int mode)', directory, name, flags | O_CLOEXEC, mode)

/**
 * openat2(2). IN_ROOT: absolute links and `..` stay below the root, as after a chroot. NO_MAGICLINKS: /proc/<pid>/root and
 * the like do not lead out. EAGAIN: a rename raced with a `..`, the kernel cannot say that it stayed inside: again, but not
 * for ever.
 */
export function openInRoot(root: number, path: Name, flags: number): number {
  // struct open_how: flags, mode, resolve
  const how = new BigUint64Array([BigInt(flags | O_CLOEXEC), 0n, BigInt(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)])
  for (let races = 1; ; races++) {
    try {
      return openat2(root, path, how, OPEN_HOW_LENGTH)
    } catch (error) {
      if ((error as Errno).errno !== errnos.EAGAIN || races === RACES_MAX) throw error
    }
  }
}

/** A directory to give to the other calls, not to read: no permission on it is needed. */
export const openPathOf = (root: number, path: Name): number => openInRoot(root, path, O_PATH | O_DIRECTORY)

export const mkdirAt = (directory: number, name: Name, mode: number): number =>
  call('int mkdirat(int dir, const char *name, unsigned int mode)', directory, name, mode)

export const symlinkAt = (text: Name, directory: number, name: Name): number =>
  call('int symlinkat(const char *text, int dir, const char *name)', text, directory, name)

/** Of the name itself: a symlink is not followed. */
export const linkAt = (from: number, name: Name, to: number, newName: Name): number =>
  call('int linkat(int from, const char *name, int to, const char *new, int flags)', from, name, to, newName, 0)

/** @param type fileTypes.S_IFCHR, S_IFBLK or S_IFIFO */
export const mknodAt = (directory: number, name: Name, type: number, mode: number, major = 0, minor = 0): number =>
  mknod(directory, name, type | mode, makeDevice(major, minor))
const mknod = syscallOf('mknodat', 'int dir, const char *name, unsigned int mode, unsigned int device')

/** makedev(3), as the kernel's 32 bits have it. */
export const makeDevice = (major: number, minor: number): number =>
  ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12)) >>> 0

export const unlinkAt = (directory: number, name: Name): number =>
  call('int unlinkat(int dir, const char *name, int flags)', directory, name, 0)
export const rmdirAt = (directory: number, name: Name): number =>
  call('int unlinkat(int dir, const char *name, int flags)', directory, name, AT_REMOVEDIR)

/** Does not follow a symlink. Takes setuid and setgid off what is no directory. */
export const chownAt = (directory: number, name: Name, uid: number, gid: number): number =>
  call(
    'int fchownat(int dir, const char *name, unsigned int uid, unsigned int gid, int flags)',
    directory,
    name,
    uid,
    gid,
    AT_SYMLINK_NOFOLLOW,
  )

/** Follows symlinks (the kernel has no other): for what is known to be none. */
export const chmodAt = (directory: number, name: Name, mode: number): number =>
  call('int fchmodat(int dir, const char *name, unsigned int mode, int flags)', directory, name, mode, 0)

const times = new BigInt64Array(4)
const SECOND = 1_000_000_000n

/** struct timespec twice, access and modification: the part below a second counts from 0 up, also before 1970. */
function timespecs(nanoseconds: bigint): BigInt64Array {
  const rest = ((nanoseconds % SECOND) + SECOND) % SECOND
  times[0] = times[2] = (nanoseconds - rest) / SECOND
  times[1] = times[3] = rest
  return times
}

/** Both times; does not follow a symlink. */
export const setTimesAt = (directory: number, name: Name, nanoseconds: bigint): number =>
  call(
    'int utimensat(int dir, const char *name, void *times, int flags)',
    directory,
    name,
    timespecs(nanoseconds),
    AT_SYMLINK_NOFOLLOW,
  )
export const setTimes = (fd: number, nanoseconds: bigint): number =>
  call('int futimens(int fd, void *times)', fd, timespecs(nanoseconds))

const textBuffer = Buffer.alloc(4096 + 1)

export function readlinkAt(directory: number, name: Name): Buffer {
  const prototype = 'long readlinkat(int dir, const char *name, void *buffer, size_t size)'
  const length = call(prototype, directory, name, textBuffer, textBuffer.length)
  return Buffer.from(textBuffer.subarray(0, length))
}

export interface FileStatus {
  /** One of fileTypes. */
  readonly type: number
  /** 0o7777 */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  /** Nanoseconds since 1970. */
  readonly mtime: bigint
  readonly links: number
  readonly inode: bigint
  /** Of the file system it is on. */
  readonly device: string
  /** Of a device file: major and minor. */
  readonly special: readonly [number, number]
}

const statx = syscallOf('statx', 'int dir, const char *name, int flags, unsigned int mask, void *buffer')
const statxBuffer = Buffer.alloc(256)

/** statx(2): does not follow a symlink. An empty name means the fd itself. */
export function statusAt(directory: number, name: Name): FileStatus {
  const flags = AT_SYMLINK_NOFOLLOW | (name === '' ? AT_EMPTY_PATH : 0)
  statx(directory, name, flags, STATX_BASIC_STATS, statxBuffer)
  const at = statxBuffer
  const mode = at.readUInt16LE(28)
  return {
    type: mode & fileTypes.S_IFMT,
    mode: mode & 0o7777,
    uid: at.readUInt32LE(20),
    gid: at.readUInt32LE(24),
    size: Number(at.readBigUInt64LE(40)),
    mtime: at.readBigInt64LE(112) * SECOND + BigInt(at.readUInt32LE(120)),
    links: at.readUInt32LE(16),
    inode: at.readBigUInt64LE(32),
    device: `${at.readUInt32LE(136)}:${at.readUInt32LE(140)}`,
    special: [at.readUInt32LE(128), at.readUInt32LE(132)],
  }
}

const getdents = syscallOf('getdents64', 'unsigned int fd, void *buffer, unsigned int size')
const listBuffer = Buffer.alloc(64 * 1024)

/** getdents64(2): all names but `.` and `..`, as bytes, in no order. Reads on from the fd's position, which is then at the end. */
export function namesIn(directory: number): Buffer[] {
  const names: Buffer[] = []
  for (;;) {
    const length = getdents(directory, listBuffer, listBuffer.length)
    if (length === 0) return names
    // struct linux_dirent64: inode 8, offset 8, length of the record 2, type 1, name and its NUL
    for (let at = 0; at < length; at += listBuffer.readUInt16LE(at + 16)) {
      const name = listBuffer.subarray(at + 19, listBuffer.indexOf(0, at + 19))
      if (name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e))) continue
      names.push(Buffer.from(name))
    }
  }
}

/** syncfs(2): all that was written to the file system of the fd is on the disk. */
export const syncFileSystem = (fd: number): number => call('int syncfs(int fd)', fd)

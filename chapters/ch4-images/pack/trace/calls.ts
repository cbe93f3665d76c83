/**
 * The system calls that name a file, by number: what each does with the name, and which of its arguments says what.
 *
 * Sources: the manual's page of each; numbers: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h
 * (arm64, which has only the *at calls). Left out: calls that only change or remove what is named.
 */

import type { Architecture } from '#core/sys/constants'

export type Deed =
  /** open(2): its flags tell whether the file is read, written or made. */
  | 'open'
  /** It learns that the file is there, and of what kind it is. */
  | 'look'
  | 'exec'
  /** The name is a new one afterwards: mkdir(2), rename(2) to it, link(2), symlink(2), mknod(2). */
  | 'make'
  /** Names mean something else to it from now on. */
  | 'change root'

export interface Call {
  readonly name: string
  readonly deed: Deed
  /** Argument that holds the path's address; `directory`: the fd that a relative one starts at, absent for the cwd. */
  readonly path: number
  readonly directory?: number
  /** Argument with flags; a number's bit, or for openat2 the address of a struct open_how. */
  readonly flags?: number
  /** Whether a link at the end of the path is followed; 'flags': unless AT_SYMLINK_NOFOLLOW is in them. */
  readonly follows: boolean | 'flags'
}

type Row = readonly [
  name: string,
  x64: number | null,
  arm64: number | null,
  deed: Deed,
  path: number,
  more?: Partial<Pick<Call, 'directory' | 'flags' | 'follows'>>,
]

const at = { directory: 0 } as const

const rows: readonly Row[] = [
  ['open', 2, null, 'open', 0, { flags: 1 }],
  ['creat', 85, null, 'open', 0],
  ['openat', 257, 56, 'open', 1, { ...at, flags: 2 }],
  ['openat2', 437, 437, 'open', 1, { ...at, flags: 2 }],
  ['stat', 4, null, 'look', 0],
  ['lstat', 6, null, 'look', 0, { follows: false }],
  ['newfstatat', 262, 79, 'look', 1, { ...at, flags: 3, follows: 'flags' }],
  ['statx', 332, 291, 'look', 1, { ...at, flags: 2, follows: 'flags' }],
  ['access', 21, null, 'look', 0],
  ['faccessat', 269, 48, 'look', 1, at],
  ['faccessat2', 439, 439, 'look', 1, { ...at, flags: 3, follows: 'flags' }],
  ['readlink', 89, null, 'look', 0, { follows: false }],
  ['readlinkat', 267, 78, 'look', 1, { ...at, follows: false }],
  ['chdir', 80, 49, 'look', 0],
  ['statfs', 137, 43, 'look', 0],
  ['getxattr', 191, 8, 'look', 0],
  ['lgetxattr', 192, 9, 'look', 0, { follows: false }],
  ['listxattr', 194, 11, 'look', 0],
  ['llistxattr', 195, 12, 'look', 0, { follows: false }],
  ['inotify_add_watch', 254, 27, 'look', 1],
  ['execve', 59, 221, 'exec', 0],
  ['execveat', 322, 281, 'exec', 1, { ...at, flags: 4, follows: 'flags' }],
  ['mkdir', 83, null, 'make', 0],
  ['mkdirat', 258, 34, 'make', 1, at],
  ['rename', 82, null, 'make', 1],
  ['renameat', 264, 38, 'make', 3, { directory: 2 }],
  ['renameat2', 316, 276, 'make', 3, { directory: 2 }],
  ['link', 86, null, 'make', 1],
  ['linkat', 265, 37, 'make', 3, { directory: 2 }],
  ['symlink', 88, null, 'make', 1],
  ['symlinkat', 266, 36, 'make', 2, { directory: 1 }],
  ['mknod', 133, null, 'make', 0],
  ['mknodat', 259, 33, 'make', 1, at],
  ['chroot', 161, 51, 'change root', 0],
  ['pivot_root', 155, 41, 'change root', 0],
]

/** By the number that the kernel gives it there. */
export function callsOf(architecture: Architecture): ReadonlyMap<number, Call> {
  const calls = new Map<number, Call>()
  for (const [name, x64, arm64, deed, path, more] of rows) {
    const number = architecture === 'x64' ? x64 : arm64
    if (number === null) continue
    calls.set(number, { name, deed, path, follows: deed !== 'make', ...more })
  }
  return calls
}

/** What open(2)'s flags say, include/uapi/asm-generic/fcntl.h; `creat` is O_CREAT|O_WRONLY|O_TRUNC. */
export function meaningOf(flags: number, noFollow: number): { reads: boolean; makes: boolean; follows: boolean } {
  const [accessMode, writeOnly, create, truncate] = [0o3, 0o1, 0o100, 0o1000]
  return {
    // one that is emptied or only written to need not be there with what it holds
    reads: (flags & accessMode) !== writeOnly && (flags & truncate) === 0,
    makes: (flags & create) !== 0,
    follows: (flags & noFollow) === 0,
  }
}

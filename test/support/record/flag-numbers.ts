/** The names that calls of a plan may hold, as numbers: the kernel's, and those that only the C side knows. */

import { cloneFlags, mountAttributes, mountFlags, unmountFlags } from '#core/sys/constants'

export const numbers: Readonly<Record<string, number>> = {
  ...cloneFlags,
  ...mountFlags,
  ...mountAttributes,
  ...unmountFlags,
  CLONE_PARENT: 0x8000,
  CLONE_INTO_CGROUP: 0x200000000,
  SIGCHLD: 17,
  CLOSE_RANGE_CLOEXEC: 4,
  MOVE_MOUNT_F_EMPTY_PATH: 4,
  OPEN_TREE_CLONE: 1,
  AT_RECURSIVE: 0x8000,
  O_PATH: 0o10000000,
  O_DIRECTORY: 0o200000,
  S_IFCHR: 0o020000,
  S_IFREG: 0o100000,
  PR_SET_PDEATHSIG: 1,
  SIGKILL: 9,
  IFF_UP: 1,
  SIOCSIFFLAGS: 0x8914,
  MOUNT_ATTR_IDMAP: 0x100000,
}

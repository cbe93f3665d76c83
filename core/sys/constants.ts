/**
 * The kernel's names and numbers: the one place where numbers stand. The flags are the same on every architecture that
 * we run on; what differs (system call numbers) has a column for each.
 */

/** include/uapi/linux/sched.h */
export const cloneFlags = {
  CLONE_NEWTIME: 0x80,
  CLONE_NEWNS: 0x20000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
} as const
export type CloneFlag = keyof typeof cloneFlags

/** include/uapi/linux/capability.h, capabilities(7): the number is the place of the bit */
export const capabilities = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_LINUX_IMMUTABLE: 9,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_BROADCAST: 11,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_IPC_LOCK: 14,
  CAP_IPC_OWNER: 15,
  CAP_SYS_MODULE: 16,
  CAP_SYS_RAWIO: 17,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_PACCT: 20,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_BOOT: 22,
  CAP_SYS_NICE: 23,
  CAP_SYS_RESOURCE: 24,
  CAP_SYS_TIME: 25,
  CAP_SYS_TTY_CONFIG: 26,
  CAP_MKNOD: 27,
  CAP_LEASE: 28,
  CAP_AUDIT_WRITE: 29,
  CAP_AUDIT_CONTROL: 30,
  CAP_SETFCAP: 31,
  CAP_MAC_OVERRIDE: 32,
  CAP_MAC_ADMIN: 33,
  CAP_SYSLOG: 34,
  CAP_WAKE_ALARM: 35,
  CAP_BLOCK_SUSPEND: 36,
  CAP_AUDIT_READ: 37,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
  CAP_CHECKPOINT_RESTORE: 40,
} as const
export type Capability = keyof typeof capabilities

/** include/uapi/linux/sched.h, sched(7); by the names of the runtime-spec, which are the kernel's. */
export const schedulingPolicies = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
} as const
export type SchedulingPolicy = keyof typeof schedulingPolicies
export const schedulingFlags = {
  SCHED_FLAG_RESET_ON_FORK: 0x01,
  SCHED_FLAG_RECLAIM: 0x02,
  SCHED_FLAG_DL_OVERRUN: 0x04,
  SCHED_FLAG_KEEP_POLICY: 0x08,
  SCHED_FLAG_KEEP_PARAMS: 0x10,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
} as const
export type SchedulingFlag = keyof typeof schedulingFlags

/** include/uapi/linux/ioprio.h, ioprio_set(2) */
export const ioClasses = { IOPRIO_CLASS_RT: 1, IOPRIO_CLASS_BE: 2, IOPRIO_CLASS_IDLE: 3 } as const
export type IoClass = keyof typeof ioClasses

/** include/uapi/linux/personality.h, personality(2); by the runtime-spec's names. */
export const personalities = { LINUX: 0, LINUX32: 8 } as const
export type PersonalityDomain = keyof typeof personalities

/** include/uapi/linux/mempolicy.h, set_mempolicy(2) */
export const memoryPolicies = {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
  MPOL_WEIGHTED_INTERLEAVE: 6,
} as const
export type MemoryPolicyMode = keyof typeof memoryPolicies
export const memoryPolicyFlags = {
  MPOL_F_STATIC_NODES: 0x8000,
  MPOL_F_RELATIVE_NODES: 0x4000,
  MPOL_F_NUMA_BALANCING: 0x2000,
} as const
export type MemoryPolicyFlag = keyof typeof memoryPolicyFlags

/** include/uapi/linux/seccomp.h, seccomp(2) */
export const seccompFlags = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_NEW_LISTENER: 8,
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH: 16,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
} as const
export type SeccompFlag = keyof typeof seccompFlags

/** include/uapi/linux/mount.h, mount(2) */
export const mountFlags = {
  MS_RDONLY: 0x1,
  MS_NOSUID: 0x2,
  MS_NODEV: 0x4,
  MS_NOEXEC: 0x8,
  MS_SYNCHRONOUS: 0x10,
  MS_REMOUNT: 0x20,
  MS_DIRSYNC: 0x80,
  MS_NOSYMFOLLOW: 0x100,
  MS_NOATIME: 0x400,
  MS_NODIRATIME: 0x800,
  MS_BIND: 0x1000,
  MS_REC: 0x4000,
  MS_SILENT: 0x8000,
  MS_UNBINDABLE: 0x20000,
  MS_PRIVATE: 0x40000,
  MS_SLAVE: 0x80000,
  MS_SHARED: 0x100000,
  MS_RELATIME: 0x200000,
  MS_I_VERSION: 0x800000,
  MS_STRICTATIME: 0x1000000,
  MS_LAZYTIME: 0x2000000,
} as const
export type MountFlag = keyof typeof mountFlags

/** include/uapi/linux/mount.h, mount_setattr(2) */
export const mountAttributes = {
  MOUNT_ATTR_RDONLY: 0x1,
  MOUNT_ATTR_NOSUID: 0x2,
  MOUNT_ATTR_NODEV: 0x4,
  MOUNT_ATTR_NOEXEC: 0x8,
  MOUNT_ATTR_NOATIME: 0x10,
  MOUNT_ATTR_STRICTATIME: 0x20,
  MOUNT_ATTR__ATIME: 0x70,
  MOUNT_ATTR_NODIRATIME: 0x80,
  MOUNT_ATTR_IDMAP: 0x100000,
  MOUNT_ATTR_NOSYMFOLLOW: 0x200000,
} as const
export type MountAttribute = keyof typeof mountAttributes

/** umount2(2) */
export const unmountFlags = { MNT_FORCE: 1, MNT_DETACH: 2 } as const
export type UnmountFlag = keyof typeof unmountFlags

/** open(2), include/uapi/asm-generic/fcntl.h: those that Node's constants lack. */
export const openFlags = { O_CLOEXEC: 0o2000000, O_PATH: 0o10000000 } as const

/** include/uapi/linux/fcntl.h: the *at calls; fcntl(2), include/uapi/asm-generic/fcntl.h */
export const atFlags = {
  AT_FDCWD: -100,
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_EACCESS: 0x200,
  AT_REMOVEDIR: 0x200,
  AT_EMPTY_PATH: 0x1000,
  AT_RECURSIVE: 0x8000,
} as const
export const fcntlCommands = {
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  F_DUPFD_CLOEXEC: 1030,
  F_ADD_SEALS: 1033,
} as const
export const FD_CLOEXEC = 1

/** memfd_create(2), include/uapi/linux/memfd.h; F_ADD_SEALS(2const) */
export const memfdFlags = { MFD_CLOEXEC: 1, MFD_ALLOW_SEALING: 2, MFD_EXEC: 0x10 } as const
export const seals = { F_SEAL_SEAL: 1, F_SEAL_SHRINK: 2, F_SEAL_GROW: 4, F_SEAL_WRITE: 8 } as const

/** openat2(2), open_tree(2), move_mount(2), close_range(2) */
export const resolveFlags = { RESOLVE_NO_MAGICLINKS: 0x02, RESOLVE_IN_ROOT: 0x10 } as const
export const openTreeFlags = { OPEN_TREE_CLONE: 1, OPEN_TREE_CLOEXEC: 0o2000000 } as const
export const MOVE_MOUNT_F_EMPTY_PATH = 4
export const CLOSE_RANGE_CLOEXEC = 4

/** inode(7): what a mode's upper bits say; statx(2): type, mode, links, owner, times, inode, size, blocks. */
export const fileTypes = {
  S_IFMT: 0o170000,
  S_IFSOCK: 0o140000,
  S_IFLNK: 0o120000,
  S_IFREG: 0o100000,
  S_IFBLK: 0o060000,
  S_IFDIR: 0o040000,
  S_IFCHR: 0o020000,
  S_IFIFO: 0o010000,
} as const
export const STATX_BASIC_STATS = 0x7ff

/** getrlimit(2), include/uapi/asm-generic/resource.h */
export const resourceLimits = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
} as const
export type ResourceLimit = keyof typeof resourceLimits

/** bpf(2), include/uapi/linux/bpf.h */
export const bpfCommands = { BPF_PROG_LOAD: 5, BPF_PROG_ATTACH: 8 } as const
export const BPF_PROG_TYPE_CGROUP_DEVICE = 15
export const BPF_CGROUP_DEVICE = 6
export const BPF_F_ALLOW_MULTI = 2

/** include/uapi/linux/prctl.h */
export const prctlOptions = { PR_SET_PDEATHSIG: 1, PR_SET_CHILD_SUBREAPER: 36 } as const

/** poll(2) */
export const pollEvents = { POLLIN: 1, POLLERR: 8, POLLHUP: 16 } as const

/** wait(2) */
export const WNOHANG = 1
/** `__WALL`: threads and processes alike. */
export const WALL = 0x40000000

/** ptrace(2), include/uapi/linux/ptrace.h */
export const ptraceRequests = {
  PTRACE_SYSCALL: 24,
  PTRACE_GETEVENTMSG: 0x4201,
  PTRACE_SEIZE: 0x4206,
  PTRACE_INTERRUPT: 0x4207,
  PTRACE_LISTEN: 0x4208,
  PTRACE_GET_SYSCALL_INFO: 0x420e,
} as const
export const ptraceOptions = {
  PTRACE_O_TRACESYSGOOD: 0x1,
  PTRACE_O_TRACEFORK: 0x2,
  PTRACE_O_TRACEVFORK: 0x4,
  PTRACE_O_TRACECLONE: 0x8,
  PTRACE_O_TRACEEXEC: 0x10,
  PTRACE_O_EXITKILL: 0x100000,
} as const
export const ptraceEvents = { PTRACE_EVENT_EXEC: 4, PTRACE_EVENT_STOP: 128 } as const

/** ioctl_tty(2), netdevice(7): include/uapi/asm-generic/ioctls.h, include/uapi/linux/sockios.h */
export const ioctls = {
  TIOCSCTTY: 0x540e,
  TIOCSWINSZ: 0x5414,
  TIOCGPTPEER: 0x5441,
  TIOCSPTLCK: 0x40045431,
  SIOCGIFFLAGS: 0x8913,
  SIOCSIFFLAGS: 0x8914,
} as const
export const IFF_UP = 1

/** termios(3), include/uapi/asm-generic/termbits.h */
export const termios = { TCSANOW: 0, TCSADRAIN: 1, OPOST: 1 } as const

/** socket(2), send(2), unix(7) */
export const sockets = {
  AF_UNIX: 1,
  AF_INET: 2,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_SEQPACKET: 5,
  SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1,
  SCM_RIGHTS: 1,
  MSG_DONTWAIT: 0x40,
  MSG_NOSIGNAL: 0x4000,
  MSG_CMSG_CLOEXEC: 0x40000000,
} as const

/** signal(7), the numbers of x86 and arm64. */
export const signals = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGWINCH: 28,
  SIGSYS: 31,
} as const
export type SignalName = keyof typeof signals

export const signalName = (number: number): string => nameOf(signals, number) ?? `signal ${number}`

/** Looked for, not kept in a table of its own: it is asked for when something went wrong. */
const nameOf = (table: Readonly<Record<string, number>>, number: number): string | undefined =>
  Object.keys(table).find(name => table[name] === number)

/** errno(3), include/uapi/asm-generic/errno-base.h and errno.h */
export const errnos = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  ENOTBLK: 15,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
  ERANGE: 34,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  EPROTO: 71,
  EOVERFLOW: 75,
  ELIBBAD: 80,
  EUSERS: 87,
  ENOTSOCK: 88,
  EOPNOTSUPP: 95,
  EADDRINUSE: 98,
  ECONNRESET: 104,
  ECONNREFUSED: 111,
  ETIMEDOUT: 110,
  ENOKEY: 126,
} as const
export type ErrnoName = keyof typeof errnos

export const errnoName = (number: number): string => nameOf(errnos, number) ?? `errno ${number}`

export type Architecture = 'x64' | 'arm64'

/** include/uapi/linux/audit.h, AUDIT_ARCH_*: how the kernel names an architecture to who looks at system calls. */
export const auditArchitectures: Readonly<Record<Architecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 }

/** arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h (arm64). Only what TypeScript calls. */
export const syscallNumbers = {
  //                x64  arm64
  pivot_root: { x64: 155, arm64: 41 },
  setgroups: { x64: 116, arm64: 159 },
  setresuid: { x64: 117, arm64: 147 },
  setresgid: { x64: 119, arm64: 149 },
  mknodat: { x64: 259, arm64: 33 },
  rt_sigaction: { x64: 13, arm64: 134 },
  pidfd_open: { x64: 434, arm64: 434 },
  open_tree: { x64: 428, arm64: 428 },
  move_mount: { x64: 429, arm64: 429 },
  close_range: { x64: 436, arm64: 436 },
  bpf: { x64: 321, arm64: 280 },
  prlimit64: { x64: 302, arm64: 261 },
  getdents64: { x64: 217, arm64: 61 },
  statx: { x64: 332, arm64: 291 },
  openat2: { x64: 437, arm64: 437 },
  faccessat2: { x64: 439, arm64: 439 },
  mount_setattr: { x64: 442, arm64: 442 },
  fsopen: { x64: 430, arm64: 430 },
  fsconfig: { x64: 431, arm64: 431 },
  fsmount: { x64: 432, arm64: 432 },
  capget: { x64: 125, arm64: 90 },
  capset: { x64: 126, arm64: 91 },
} as const
export type SyscallName = keyof typeof syscallNumbers

/** A name list as the number the kernel takes; a name that is there twice is one. */
export function bits<Name extends string>(table: Readonly<Record<Name, number>>, names: readonly Name[]): number {
  return [...new Set(names)].reduce((sum, name) => sum + table[name], 0)
}

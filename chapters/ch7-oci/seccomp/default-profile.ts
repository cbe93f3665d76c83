/**
 * Docker's default profile: which system calls a container gets. What is not named fails with EPERM. The names are Docker's
 * (moby/profiles, seccomp/default_linux.go, of 2026); how they are grouped, and why, is ours. Calls that only architectures have
 * which we have no tables for (ppc64, s390, riscv64, mips) are left out. Pure.
 */

import type { Seccomp, SeccompArg, SeccompRule } from '#core/spec/runtime'
import { type Architecture, cloneFlags, errnos } from '#core/sys/constants'
import { isAtLeast } from '#core/sys/kernel-version'

interface Group {
  readonly why: string
  readonly names: string
  /** Only where the bounding set has it. */
  readonly with?: string
  /** Only where the bounding set does not have it. */
  readonly without?: string
  readonly machine?: Architecture
  /** Only from this kernel on: major and minor version. */
  readonly since?: readonly [number, number]
  /** One rule each: what the first argument must be. */
  readonly first?: readonly Omit<SeccompArg, 'index'>[]
  /** Not let through, but failed with this. */
  readonly errno?: number
}

/** socket(2). Virtual machines and their host talk by AF_VSOCK, which knows no network namespace; AF_ALG is the kernel's crypto. */
const AF_ALG = 38
const AF_VSOCK = 40

/** personality(2): Linux of today, or one that names its version or its machine as older programs want it. */
const personalities = [0x0, 0x0008, 0x20000, 0x20008, 0xffffffff]

const namespaces = [
  ...['CLONE_NEWNS', 'CLONE_NEWUTS', 'CLONE_NEWIPC', 'CLONE_NEWUSER', 'CLONE_NEWPID', 'CLONE_NEWNET'],
  'CLONE_NEWCGROUP',
] as const

const groups: readonly Group[] = [
  {
    why: 'open, read, write and close what the container can name',
    names: `read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 open openat openat2 creat close
      close_range dup dup2 dup3 pipe pipe2 lseek _llseek fcntl fcntl64 flock ioctl sendfile sendfile64 splice tee vmsplice
      copy_file_range readahead fadvise64 fadvise64_64 fallocate ftruncate ftruncate64 truncate truncate64 fsync fdatasync
      sync syncfs sync_file_range`,
  },
  {
    why: 'look at files and directories, make, move and remove them',
    names: `stat stat64 fstat fstat64 lstat lstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64 access
      faccessat faccessat2 getdents getdents64 readlink readlinkat getcwd chdir fchdir mkdir mkdirat rmdir link linkat
      symlink symlinkat rename renameat renameat2 unlink unlinkat mknod mknodat name_to_handle_at utime utimes utimensat
      utimensat_time64 futimesat listmount statmount`,
  },
  {
    why: 'owners, modes and extended attributes, which the kernel checks against capabilities',
    names: `chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 fchownat lchown lchown32 umask getxattr
      getxattrat lgetxattr fgetxattr setxattr setxattrat lsetxattr fsetxattr listxattr listxattrat llistxattr flistxattr
      removexattr removexattrat lremovexattr fremovexattr`,
  },
  {
    why: 'memory of its own',
    names: `brk mmap mmap2 munmap mremap mprotect mseal madvise mincore msync mlock mlock2 mlockall munlock munlockall
      memfd_create memfd_secret membarrier remap_file_pages pkey_alloc pkey_free pkey_mprotect process_mrelease
      map_shadow_stack cachestat`,
  },
  {
    why: 'start programs, wait for them, end',
    names: `execve execveat fork vfork exit exit_group wait4 waitid waitpid restart_syscall getpid getppid gettid getpgid
      getpgrp setpgid getsid setsid prctl pidfd_open pidfd_send_signal set_tid_address uretprobe`,
  },
  {
    why: 'threads, and how they wait for each other',
    names: `futex futex_time64 futex_wait futex_waitv futex_wake futex_requeue get_robust_list set_robust_list
      get_thread_area set_thread_area rseq sched_yield`,
  },
  {
    why: 'signals',
    names: `kill tkill tgkill pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
      rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn signalfd signalfd4`,
  },
  {
    why: 'who it is, and who it becomes as far as its capabilities and id maps go',
    names: `getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid
      getresgid32 getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid
      setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32 capget capset`,
  },
  {
    why: 'scheduling and limits, within those of its cgroup',
    names: `getpriority setpriority ioprio_get ioprio_set getrlimit ugetrlimit setrlimit prlimit64 getrusage times
      sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam sched_getscheduler
      sched_setscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval
      sched_rr_get_interval_time64 getcpu`,
  },
  {
    why: 'read clocks, and be woken by them; setting one needs CAP_SYS_TIME anyhow',
    names: `time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_adjtime
      clock_adjtime64 adjtimex clock_nanosleep clock_nanosleep_time64 nanosleep alarm getitimer setitimer timer_create
      timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create
      timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64`,
  },
  {
    why: 'wait for one of many things to happen',
    names: `select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1 epoll_ctl
      epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 inotify_init inotify_init1
      inotify_add_watch inotify_rm_watch fanotify_mark io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents
      io_pgetevents_time64`,
  },
  {
    why: 'use sockets; which families can be opened is said below',
    names: `socketcall socketpair bind connect listen accept accept4 getsockname getpeername getsockopt setsockopt send
      sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64 shutdown`,
  },
  {
    why: 'shared memory, semaphores and queues, which its ipc namespace has for itself',
    names: `ipc shmget shmat shmdt shmctl semget semop semtimedop semtimedop_time64 semctl msgget msgsnd msgrcv msgctl
      mq_open mq_unlink mq_notify mq_getsetattr mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64`,
  },
  {
    why: 'what the machine is, and random numbers',
    names: 'uname sysinfo getrandom',
  },
  {
    why: 'lock itself in further',
    names: 'seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self',
  },
  {
    why: 'since then ptrace(2) is no way around a filter: seccomp(2), "ptrace interception"',
    names: 'process_vm_readv process_vm_writev ptrace',
    since: [4, 8],
  },
  {
    why: 'sockets of every family but two that lead past the network namespace or deep into the kernel',
    names: 'socket',
    first: [
      { op: 'SCMP_CMP_LT', value: AF_ALG },
      { op: 'SCMP_CMP_EQ', value: AF_ALG + 1 },
      { op: 'SCMP_CMP_GT', value: AF_VSOCK },
    ],
  },
  {
    why: 'personalities without ADDR_NO_RANDOMIZE and the like, which weaken what protects a program',
    names: 'personality',
    first: personalities.map(value => ({ op: 'SCMP_CMP_EQ', value })),
  },
  {
    why: 'calls that only this machine has: thread pointers, caches, segments',
    names: 'arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls',
    machine: 'arm64',
  },
  { why: 'the same on this machine', names: 'arch_prctl modify_ldt', machine: 'x64' },
  { why: 'opens by number what no path leads to', names: 'open_by_handle_at', with: 'CAP_DAC_READ_SEARCH' },
  {
    why: 'what changes the system, for whom it belongs to',
    names: `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
      lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd
      setdomainname sethostname setns syslog umount umount2 unshare`,
    with: 'CAP_SYS_ADMIN',
  },
  {
    why: 'new processes and threads, but no new namespaces: a user namespace makes root of anybody',
    names: 'clone',
    without: 'CAP_SYS_ADMIN',
    first: [
      {
        op: 'SCMP_CMP_MASKED_EQ',
        value: namespaces.reduce((sum, name) => sum + cloneFlags[name], 0),
        valueTwo: 0,
      },
    ],
  },
  {
    why: 'its flags lie behind a pointer, where no filter can look. ENOSYS makes libc fall back to clone',
    names: 'clone3',
    without: 'CAP_SYS_ADMIN',
    errno: errnos.ENOSYS,
  },
  { why: 'restart the machine', names: 'reboot', with: 'CAP_SYS_BOOT' },
  { why: 'another root directory', names: 'chroot', with: 'CAP_SYS_CHROOT' },
  { why: 'code for the kernel', names: 'delete_module init_module finit_module', with: 'CAP_SYS_MODULE' },
  { why: 'accounting of processes', names: 'acct', with: 'CAP_SYS_PACCT' },
  {
    why: 'look into other processes',
    names: 'kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace',
    with: 'CAP_SYS_PTRACE',
  },
  { why: 'ports of devices', names: 'iopl ioperm', with: 'CAP_SYS_RAWIO' },
  {
    why: 'set clocks, which all containers share',
    names: 'settimeofday stime clock_settime clock_settime64',
    with: 'CAP_SYS_TIME',
  },
  { why: 'hang terminals up', names: 'vhangup', with: 'CAP_SYS_TTY_CONFIG' },
  {
    why: 'choose memory nodes',
    names: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
    with: 'CAP_SYS_NICE',
  },
  { why: "the kernel's log", names: 'syslog', with: 'CAP_SYSLOG' },
  { why: 'programs for the kernel', names: 'bpf', with: 'CAP_BPF' },
  { why: 'counters of the processor', names: 'perf_event_open', with: 'CAP_PERFMON' },
]

const architectures: Readonly<Record<Architecture, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
}

/**
 * @param bounding the bounding set of the container's capabilities: what it cannot get, it needs no calls for
 * @param facts arch, and kernel as uname -r has it
 */
export function defaultProfile(
  bounding: readonly string[],
  { arch, kernel }: { readonly arch: Architecture; readonly kernel: string },
): Seccomp {
  const isMeant = ({ with: needed, without, machine, since }: Group): boolean =>
    (needed === undefined || bounding.includes(needed)) &&
    (without === undefined || !bounding.includes(without)) &&
    (machine === undefined || machine === arch) &&
    (since === undefined || isAtLeast(kernel, ...since))
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: errnos.EPERM,
    architectures: architectures[arch],
    syscalls: groups.filter(isMeant).flatMap(rulesOf),
  }
}

function rulesOf({ names: text, first, errno }: Group): SeccompRule[] {
  const names = text.split(/\s+/)
  if (errno !== undefined) return [{ names, action: 'SCMP_ACT_ERRNO', errnoRet: errno }]
  if (first === undefined) return [{ names, action: 'SCMP_ACT_ALLOW' }]
  return first.map(arg => ({ names, action: 'SCMP_ACT_ALLOW', args: [{ index: 0, ...arg }] }))
}

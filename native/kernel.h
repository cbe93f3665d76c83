/* What a libc may lack: numbers and structs of newer system calls. musl has no linux/ headers by default and glibc
 * 2.36 lacks some wrappers, so they stand here once. The numbers are the same on every 64-bit architecture that Linux
 * took in since 5.1 unified them (include/uapi/asm-generic/unistd.h); structs and flags name their header. */
#ifndef KERNEL_H
#define KERNEL_H
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* linux/sched.h: struct clone_args, as of 5.7 */
struct kernel_clone_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
#define KERNEL_CLONE_INTO_CGROUP 0x200000000ull

/* linux/openat2.h: struct open_how (another name, so that a libc which has it does not clash) */
struct kernel_open_how { uint64_t flags, mode, resolve; };
enum { KERNEL_RESOLVE_NO_MAGICLINKS = 0x02, KERNEL_RESOLVE_IN_ROOT = 0x10 };

/* linux/mount.h: struct mount_attr */
struct kernel_mount_attr { uint64_t set, clear, propagation, userns_fd; };
enum { KERNEL_MOVE_MOUNT_F_EMPTY_PATH = 0x4, KERNEL_MOVE_MOUNT_T_EMPTY_PATH = 0x40, KERNEL_OPEN_TREE_CLONE = 1 };
enum { KERNEL_FSOPEN_CLOEXEC = 1, KERNEL_FSMOUNT_CLOEXEC = 1, KERNEL_FSCONFIG_CMD_CREATE = 6 };
enum { KERNEL_MOUNT_ATTR_RDONLY = 1, KERNEL_MOUNT_ATTR_NOSUID = 2, KERNEL_MOUNT_ATTR_NODEV = 4, KERNEL_MOUNT_ATTR_NOEXEC = 8 };

/* linux/capability.h, linux/seccomp.h */
#define KERNEL_CAPABILITY_VERSION_3 0x20080522
enum { KERNEL_SECCOMP_SET_MODE_FILTER = 1, KERNEL_SECCOMP_NEW_LISTENER = 1 << 3 };

/* linux/ioprio.h, linux/keyctl.h */
enum { KERNEL_IOPRIO_WHO_PROCESS = 1, KERNEL_KEYCTL_JOIN_SESSION_KEYRING = 1 };

/* linux/fcntl.h */
enum { KERNEL_AT_EMPTY_PATH = 0x1000, KERNEL_AT_RECURSIVE = 0x8000, KERNEL_AT_EACCESS = 0x200 };

/* linux/close_range.h */
enum { KERNEL_CLOSE_RANGE_CLOEXEC = 1 << 2 };

/* asm-generic/ioctls.h */
#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif
#ifndef TIOCSPTLCK
#define TIOCSPTLCK 0x40045431
#endif

#endif

/* What of /proc and /sys a container shall not see, or not write to. By fds and the mount calls that take them: no path is
 * looked up twice, and none is looked up in a /proc that may be another's (CVE-2025-31133, CVE-2025-52881). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "kernel.h"
#include "resolve.h"
#include "stage.h"

static int attach(int tree, int target) {
  unsigned flags = KERNEL_MOVE_MOUNT_F_EMPTY_PATH | KERNEL_MOVE_MOUNT_T_EMPTY_PATH;
  return (int)syscall(SYS_move_mount, tree, "", target, "", flags);
}

static int copy_of(int fd) {
  return (int)syscall(SYS_open_tree, fd, "", KERNEL_AT_EMPTY_PATH | KERNEL_OPEN_TREE_CLONE | KERNEL_AT_RECURSIVE | O_CLOEXEC);
}

/* fsopen(2), fsmount(2): a tmpfs with nothing in it, read-only */
static int empty_directory(void) {
  int fs = (int)syscall(SYS_fsopen, "tmpfs", KERNEL_FSOPEN_CLOEXEC);
  if (fs < 0) return -1;
  if (syscall(SYS_fsconfig, fs, KERNEL_FSCONFIG_CMD_CREATE, NULL, NULL, 0)) return closing(fs, -1);
  unsigned attributes = KERNEL_MOUNT_ATTR_RDONLY | KERNEL_MOUNT_ATTR_NOSUID | KERNEL_MOUNT_ATTR_NODEV | KERNEL_MOUNT_ATTR_NOEXEC;
  return closing(fs, (int)syscall(SYS_fsmount, fs, KERNEL_FSMOUNT_CLOEXEC, attributes));
}

/* The container's /dev/null, if it is that and no symlink or other file of an image */
static int null_device(void) {
  struct stat s;
  int fd = open_in_root("/dev/null", O_PATH | O_NOFOLLOW);
  if (fd < 0) return errno = ENODEV, -1; /* not ENOENT: that is of a path that need not be there */
  if (fstat(fd, &s)) return closing(fd, -1);
  if (!S_ISCHR(s.st_mode) || s.st_rdev != makedev(1, 3)) return errno = ENODEV, closing(fd, -1);
  return closing(fd, copy_of(fd));
}

/* A directory is covered by an empty one, anything else by /dev/null. */
int op_mask(const struct value *a) {
  struct stat s;
  int target = open_in_root(a[0].text, O_PATH);
  if (target < 0) return -1;
  if (fstat(target, &s)) return closing(target, -1);
  int cover = S_ISDIR(s.st_mode) ? empty_directory() : null_device();
  if (cover < 0) return closing(target, -1);
  return closing(target, closing(cover, attach(cover, target)));
}

/* open_tree(2), mount_setattr(2), move_mount(2): a read-only copy of what is there, with all that is mounted below, on top
 * of it. Read-only before it can be seen. */
int op_readonly_path(const struct value *a) {
  struct kernel_mount_attr attributes = { .set = KERNEL_MOUNT_ATTR_RDONLY };
  int target = open_in_root(a[0].text, O_PATH);
  if (target < 0) return -1;
  int tree = copy_of(target);
  if (tree < 0) return closing(target, -1);
  unsigned flags = KERNEL_AT_EMPTY_PATH | KERNEL_AT_RECURSIVE;
  int failed = (int)syscall(SYS_mount_setattr, tree, "", flags, &attributes, sizeof attributes) || attach(tree, target);
  return closing(target, closing(tree, failed ? -1 : 0));
}

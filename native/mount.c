/* The mount tree. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel.h"
#include "resolve.h"
#include "stage.h"

/* mount(2), MS_PRIVATE and its like: first of all mounts, else the host sees the ones that follow */
int op_propagation(const struct value *a) {
  return mount(NULL, a[0].text, NULL, (unsigned long)a[1].number, NULL);
}

/* mount(2), MS_BIND: pivot_root wants a mount point, and a rootfs is a plain directory until it is bound on itself */
int op_bind_root(const struct value *a) {
  return mount(a[0].text, a[0].text, NULL, MS_BIND | MS_REC, NULL);
}

/* mount(2): a root that lies nowhere yet, but is put together of layers. Paths are the host's; in the data of overlayfs
 * they may be relative, to keep below the page that it has room for. */
int op_mount_root(const struct value *a) {
  return mount(a[0].text, a[1].text, a[2].text, (unsigned long)a[3].number, a[4].text);
}

/* move_mount(2): attaches a tree that the host made (open_tree, fsmount) and sent as an fd */
int op_move_root(const struct value *a) {
  return (int)syscall(SYS_move_mount, role_fd(a[0].number), "", AT_FDCWD, a[1].text, KERNEL_MOVE_MOUNT_F_EMPTY_PATH);
}

/* open(2), O_PATH. After bind_root: an fd taken before it would lie below the bind mount. */
int op_open_root(const struct value *a) {
  stage.fds[ROLE_ROOT] = openat(AT_FDCWD, a[0].text, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return stage.fds[ROLE_ROOT] < 0 ? -1 : 0;
}

/* mount(2) on an fd. The source is a path of the host or of the container, whichever holds / at that moment. */
int op_mount(const struct value *a) {
  char path[PROC_PATH_SIZE];
  int target = open_in_root(a[1].text, O_PATH);
  if (target < 0) return -1;
  return closing(target, mount(a[0].text, proc_path(path, target), a[2].text, (unsigned long)a[3].number, a[4].text));
}

/* move_mount(2) on two fds: the next of the mounts that the host made and sent, in the order of its steps */
int op_attach_mount(const struct value *a) {
  int target = open_in_root(a[0].text, O_PATH);
  if (target < 0) return -1;
  int tree = stage.taken < stage.brought ? stage.mounts[stage.taken++] : -1;
  int failed = (int)syscall(SYS_move_mount, tree, "", target, "", KERNEL_MOVE_MOUNT_F_EMPTY_PATH | KERNEL_MOVE_MOUNT_T_EMPTY_PATH);
  return closing(target, closing(tree, failed));
}

/* mount_setattr(2): what MS_REMOUNT cannot do, a whole tree read-only in one call */
int op_mount_setattr(const struct value *a) {
  struct kernel_mount_attr attributes = { .set = (uint64_t)a[1].number, .clear = (uint64_t)a[2].number };
  unsigned flags = KERNEL_AT_EMPTY_PATH | (a[3].number ? KERNEL_AT_RECURSIVE : 0);
  int target = open_in_root(a[0].text, O_PATH);
  if (target < 0) return -1;
  return closing(target, (int)syscall(SYS_mount_setattr, target, "", flags, &attributes, sizeof attributes));
}

/* pivot_root(2). (".", ".") stacks the old root on the new one: then umount("."), no directory needed for it. */
int op_pivot_root(const struct value *a) {
  return (int)syscall(SYS_pivot_root, a[0].text, a[1].text);
}

/* umount(2) */
int op_umount(const struct value *a) {
  return umount2(a[0].text, (int)a[1].number);
}

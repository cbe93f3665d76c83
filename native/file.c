/* Files and directories. mkdir, mknod and symlink work inside the rootfs (resolve.c); the others see what the stage
 * sees. The *at calls are taken throughout: they are the ones that every architecture has. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "resolve.h"
#include "stage.h"

/* open(2), write(2), close(2). One write: the files of /proc and of cgroups take a value whole or not at all. */
int op_write(const struct value *a) {
  size_t length = strlen(a[1].text);
  int fd = openat(AT_FDCWD, a[0].text, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t written = write(fd, a[1].text, length);
  if (written >= 0 && (size_t)written != length) errno = EIO, written = -1;
  return closing(fd, written < 0 ? -1 : 0);
}

/* mkdir(2) */
int op_mkdir(const struct value *a) {
  const char *name;
  int parent = open_parent(a[0].text, &name);
  return parent < 0 ? -1 : closing(parent, mkdirat(parent, name, (mode_t)a[1].number));
}

/* mknod(2): devices, fifos, and with S_IFREG an empty file to mount on */
int op_mknod(const struct value *a) {
  const char *name;
  int parent = open_parent(a[0].text, &name);
  return parent < 0 ? -1 : closing(parent, mknodat(parent, name, (mode_t)a[1].number, (dev_t)a[2].number));
}

/* chown(2): a symlink is not followed */
int op_chown(const struct value *a) {
  const char *name;
  int parent = open_parent(a[0].text, &name);
  if (parent < 0) return -1;
  return closing(parent, fchownat(parent, name, (uid_t)a[1].number, (gid_t)a[2].number, AT_SYMLINK_NOFOLLOW));
}

/* symlink(2): what it holds is only text, it may name what does not exist */
int op_symlink(const struct value *a) {
  const char *name;
  int parent = open_parent(a[1].text, &name);
  return parent < 0 ? -1 : closing(parent, symlinkat(a[0].text, parent, name));
}

/* mkdir(2), relative to the working directory: ch1 has no root fd */
int op_mkdir_plain(const struct value *a) {
  return mkdirat(AT_FDCWD, a[0].text, (mode_t)a[1].number);
}

/* chroot(2): it does not change the working directory; without a chdir behind it, `..` leads out */
int op_chroot(const struct value *a) {
  return chroot(a[0].text);
}

/* chdir(2) */
int op_chdir(const struct value *a) {
  return chdir(a[0].text);
}

/* fchdir(2) */
int op_fchdir(const struct value *a) {
  return fchdir(role_fd(a[0].number));
}

/* getcwd(3), whose libc function hides it: "(unreachable)" in front is the kernel's word for a directory that is not below
 * our root. A magic link such as /proc/self/fd/7 leads anywhere, and `..` on from there (CVE-2024-21626). */
int op_check_cwd(const struct value *a) {
  char path[PATH_MAX];
  (void)a;
  if (syscall(SYS_getcwd, path, sizeof path) < 0) return -1;
  return path[0] == '/' ? 0 : (errno = EXDEV, -1);
}

/* umask(2) */
int op_umask(const struct value *a) {
  umask((mode_t)a[0].number);
  return 0;
}

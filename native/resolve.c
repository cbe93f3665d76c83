/* Paths inside the rootfs. An image may hold any symlink, so a path in it is never joined to a host path: the kernel
 * resolves it with the rootfs as its root, and from there on only the fd is used (CVE-2021-30465 is what happens when
 * the name is looked up twice). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel.h"
#include "resolve.h"
#include "stage.h"

/* openat2(2). IN_ROOT: absolute links and `..` stay below the root. NO_MAGICLINKS: /proc/<pid>/root and the like do
 * not lead out. EAGAIN: a rename raced with a `..`, the kernel cannot say that it stayed inside: try again, not forever. */
int open_in_root(const char *path, int flags) {
  struct kernel_open_how how = {
    .flags = (uint64_t)flags | O_CLOEXEC,
    .resolve = KERNEL_RESOLVE_IN_ROOT | KERNEL_RESOLVE_NO_MAGICLINKS,
  };
  int fd, tries = 0;
  do fd = (int)syscall(SYS_openat2, stage.fds[ROLE_ROOT], path, &how, sizeof how);
  while (fd < 0 && errno == EAGAIN && ++tries < 64);
  return fd;
}

/* For what is to be created: no call creates in-root, so the parent is resolved in-root and the last component, one
 * plain name, is given to an *at call. */
int open_parent(const char *path, const char **name) {
  char parent[PATH_MAX];
  const char *slash = strrchr(path, '/');
  *name = slash ? slash + 1 : path;
  if (!**name || !strcmp(*name, ".") || !strcmp(*name, "..")) return errno = EINVAL, -1;
  size_t length = (size_t)(*name - path);
  if (length >= sizeof parent) return errno = ENAMETOOLONG, -1;
  memcpy(parent, path, length);
  parent[length] = '\0';
  return open_in_root(length ? parent : ".", O_PATH | O_DIRECTORY);
}

/* Before pivot_root this is the host's /proc, after it the container's own: both know this process as self. */
const char *proc_path(char room[PROC_PATH_SIZE], int fd) {
  snprintf(room, PROC_PATH_SIZE, "/proc/self/fd/%d", fd);
  return room;
}

/* A tmpfs that begins with what the directory below it held: tmpcopyup. By fds, and no symlink is followed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include "resolve.h"
#include "stage.h"

enum { CHUNK = 1 << 30, DEPTH_MAX = 128 };

static int copy_directory(int from, int to, int depth);

static int owned_as(int fd, const struct stat *s) {
  return fchown(fd, s->st_uid, s->st_gid) || fchmod(fd, s->st_mode & 07777) ? -1 : 0; /* in this order: chown clears set-id bits */
}

/* sendfile(2): nothing of it comes to us */
static int copy_bytes(int from, int to) {
  ssize_t sent;
  do sent = sendfile(to, from, NULL, CHUNK);
  while (sent > 0);
  return sent < 0 ? -1 : 0;
}

static int copy_file(int from, int to, const char *name, const struct stat *s) {
  int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (in < 0) return -1;
  int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (out < 0) return closing(in, -1);
  return closing(in, closing(out, copy_bytes(in, out) || owned_as(out, s) ? -1 : 0));
}

static int copy_below(int from, int to, const char *name, const struct stat *s, int depth) {
  int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (in < 0) return -1;
  if (mkdirat(to, name, 0700)) return closing(in, -1);
  int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (out < 0) return closing(in, -1);
  int failed = copy_directory(in, out, depth + 1); /* closes in */
  return closing(out, failed || owned_as(out, s) ? -1 : 0);
}

static int copy_symlink(int from, int to, const char *name) {
  char holds[PATH_MAX];
  ssize_t length = readlinkat(from, name, holds, sizeof holds - 1);
  if (length < 0) return -1;
  holds[length] = '\0';
  return symlinkat(holds, to, name);
}

static int copy_entry(int from, int to, const char *name, int depth) {
  struct stat s;
  if (fstatat(from, name, &s, AT_SYMLINK_NOFOLLOW)) return -1;
  if (S_ISREG(s.st_mode)) return copy_file(from, to, name, &s);
  if (S_ISDIR(s.st_mode)) return copy_below(from, to, name, &s, depth);
  if (S_ISLNK(s.st_mode) ? copy_symlink(from, to, name) : mknodat(to, name, s.st_mode, s.st_rdev)) return -1;
  return fchownat(to, name, s.st_uid, s.st_gid, AT_SYMLINK_NOFOLLOW); /* an umask was emptied before: mknod's mode is as asked */
}

/* Closes `from`. */
static int copy_directory(int from, int to, int depth) {
  if (depth > DEPTH_MAX) return errno = ELOOP, closing(from, -1);
  DIR *directory = fdopendir(from);
  if (!directory) return closing(from, -1);
  int failed = 0;
  struct dirent *entry;
  while (!failed && (errno = 0, entry = readdir(directory)))
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) failed = copy_entry(from, to, entry->d_name, depth);
  int error = errno; /* readdir(3): NULL with an errno is an error, too */
  closedir(directory);
  return errno = error, error ? -1 : 0;
}

/* mount(2), then what the directory holds, from the fd that was opened before it was covered. */
int op_mount_copy_up(const struct value *a) {
  char path[PROC_PATH_SIZE];
  struct stat s;
  int below = open_in_root(a[1].text, O_RDONLY | O_DIRECTORY);
  if (below < 0) return -1;
  const char *data = a[3].text;
  if (fstat(below, &s) || mount(a[0].text, proc_path(path, below), "tmpfs", (unsigned long)a[2].number & ~MS_RDONLY, data))
    return closing(below, -1);
  int above = open_in_root(a[1].text, O_RDONLY | O_DIRECTORY);
  if (above < 0) return closing(below, -1);
  int failed = copy_directory(below, above, 0);
  if (!failed && a[4].number) failed = owned_as(above, &s);
  if (!failed && a[2].number & MS_RDONLY)
    failed = mount(NULL, proc_path(path, above), NULL, MS_REMOUNT | MS_BIND | (unsigned long)a[2].number, NULL);
  return closing(above, failed);
}

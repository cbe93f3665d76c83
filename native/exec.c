/* The end of every program: find the executable, hold back the fds, become it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel.h"
#include "report.h"
#include "stage.h"

/* access(2), faccessat2 with AT_EACCESS: by the effective ids, those that execve will look at. Before 5.8 the call
 * looks at the real ones; after setresuid they are the same. A seccomp profile written before then refuses the new call
 * (EPERM, which access itself says of nothing but writing), and its program has to be found all the same. */
static int may_execute(const char *path) {
  int failed = (int)syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, KERNEL_AT_EACCESS);
  if (failed && (errno == ENOSYS || errno == EPERM)) failed = (int)syscall(SYS_faccessat, AT_FDCWD, path, X_OK);
  return !failed;
}

/* exec(3) says how a shell searches PATH. Here the search comes before the container is called created, so that a
 * missing file (127) and one that may not be executed (126) are known then, not at start. */
int op_lookup(const struct value *a) {
  int error = ENOENT;
  for (char **candidate = a[0].vector; *candidate; candidate++) {
    struct stat s;
    if (syscall(SYS_newfstatat, AT_FDCWD, *candidate, &s, 0)) {
      if (errno == EACCES || errno == ELOOP) error = errno;
    } else if (S_ISREG(s.st_mode) && may_execute(*candidate)) {
      stage.executable = *candidate;
      return 0;
    } else {
      error = EACCES; /* it is there, but it is a directory, or no x bit, or a noexec mount */
    }
  }
  errno = error;
  return -1;
}

/* dup3(2), downwards: none is overwritten before it is copied. The channel stands where the first of them belongs. What else
 * is open lies above all of them: they were open before it. */
int op_preserve_fds(const struct value *a) {
  int count = (int)a[0].number;
  int channel = fcntl(stage.channel, F_DUPFD_CLOEXEC, PRESERVED_FD + count);
  if (channel < 0) return -1;
  stage.channel = channel;
  for (int k = 0; k < count; k++)
    if (dup3(PRESERVED_FD + k, CHANNEL_FD + k, 0) < 0) return -1;
  return 0;
}

/* close_range(2). Close-on-exec, not closed: the channel has to carry the report if execve fails (CVE-2024-21626 is
 * what one fd left open costs). */
int op_close_fds(const struct value *a) {
  return (int)syscall(SYS_close_range, (unsigned)a[0].number, ~0u, KERNEL_CLOSE_RANGE_CLOEXEC);
}

/* open(2), O_PATH, while the host is still in sight: after pivot_root no path leads there. */
int op_open_gate(const struct value *a) {
  stage.fds[ROLE_GATE] = openat(AT_FDCWD, a[0].text, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return stage.fds[ROLE_GATE] < 0 ? -1 : 0;
}

/* fifo(7): a writer's open waits for a reader, and that is `start`. Close-on-exec: at its end of file the reader knows that
 * the program runs. A reader that goes must not end the container: without one, nothing is written. */
int op_wait_gate(const struct value *a) {
  int directory = role_fd(ROLE_GATE), fd;
  do fd = openat(directory, a[0].text, O_WRONLY | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) return -1;
  close(directory);
  stage.fds[ROLE_GATE] = fd;
  stage.is_created = 1;
  return 0;
}

/* execve(2). That it worked, the monitor sees: the status pipe closes. */
int op_execve(const struct value *a) {
  report(REPORT_EXECING, stage.step->index, 0, stage.start);
  return execve(stage.executable ? stage.executable : a[0].vector[0], a[0].vector, a[1].vector);
}

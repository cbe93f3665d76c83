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
 * looks at the real ones; after setresuid they are the same. */
static int may_execute(const char *path) {
  int failed = (int)syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, KERNEL_AT_EACCESS);
  if (failed && errno == ENOSYS) failed = (int)syscall(SYS_faccessat, AT_FDCWD, path, X_OK);
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

/* close_range(2). Close-on-exec, not closed: the channel has to carry the report if execve fails (CVE-2024-21626 is
 * what one fd left open costs). */
int op_close_fds(const struct value *a) {
  return (int)syscall(SYS_close_range, (unsigned)a[0].number, ~0u, KERNEL_CLOSE_RANGE_CLOEXEC);
}

/* execve(2). That it worked, the monitor sees: the status pipe closes. */
int op_execve(const struct value *a) {
  report(REPORT_EXECING, stage.step->index, 0, stage.start);
  return execve(stage.executable ? stage.executable : a[0].vector[0], a[0].vector, a[1].vector);
}

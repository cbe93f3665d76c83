/* Namespaces, and the processes that have to be in them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel.h"
#include "report.h"
#include "stage.h"

/* setns(2). With a pidfd, one call joins several namespaces, the user namespace first, as it must be. Who lives there
 * can see this process from then on: not dumpable, its exe, fd and root in /proc are not theirs to open, but for those who
 * have CAP_SYS_PTRACE over the host (CVE-2016-9962). execve puts it back, for the program: PR_SET_DUMPABLE(2const). */
int op_setns(const struct value *a) {
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) return -1;
  return setns(role_fd(a[0].number), (int)a[1].number);
}

/* open(2), setns(2): a namespace that a path stands for, of another container or bound to a file. Not dumpable, as above. */
int op_join(const struct value *a) {
  int fd = openat(AT_FDCWD, a[0].text, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) return closing(fd, -1);
  return closing(fd, setns(fd, (int)a[1].number));
}

/* unshare(2). NEWPID moves only the children that come after: hence `fork` behind it. */
int op_unshare(const struct value *a) {
  return unshare((int)a[0].number);
}

/* clone(2) with CLONE_PARENT: init becomes the stage's sibling, so its parent is the monitor from the first moment on
 * and it never has one that is about to exit (runc's nsexec does the same). libc's fork cannot say that: raw call.
 *
 * With a cgroup, clone3(2) bears init right in it (CLONE_INTO_CGROUP, Linux 5.7): not one instruction is outside, and no
 * process is moved, for which the kernel would wait until every processor has noticed.
 *
 * Init waits at a gate until the monitor (by the pipe) and the host (by a report) know its pid: no step of init can be
 * seen before that. If the stage dies in between, the gate shows end of file and init goes, too. */
/* #region fork */
static int32_t clone_init(int64_t role) {
  if (role < 0) return (int32_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  /* CLONE_PARENT: the exit signal is the stage's own, SIGCHLD, and clone3 wants to be told none */
  struct kernel_clone_args args = { .flags = CLONE_PARENT | KERNEL_CLONE_INTO_CGROUP, .cgroup = (uint64_t)role_fd(role) };
  return (int32_t)syscall(SYS_clone3, &args, sizeof args);
}

int op_fork(const struct value *a) {
  int gate[2];
  if (pipe2(gate, O_CLOEXEC)) return -1;
  int32_t pid = clone_init(a[0].number);
  if (pid < 0) return closing(gate[0], closing(gate[1], -1));
  if (pid > 0) {
    if (stage.status_fd >= 0 && write(stage.status_fd, &pid, sizeof pid) != sizeof pid) _exit(1);
    report(REPORT_INIT, stage.step->index, pid, stage.start);
    _exit(write(gate[1], "", 1) == 1 ? 0 : 1);
  }
  char byte;
  close(gate[1]);
  if (read(gate[0], &byte, 1) != 1) _exit(1);
  stage.start = now(); /* in a new time namespace the clock that the step began on is another one */
  return close(gate[0]);
}
/* #endregion fork */

/* open(2), O_PATH: all that CLONE_INTO_CGROUP wants of it is the directory */
int op_open_cgroup(const struct value *a) {
  stage.fds[ROLE_CGROUP] = openat(AT_FDCWD, a[0].text, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return stage.fds[ROLE_CGROUP] < 0 ? -1 : 0;
}

/* prctl(2), PR_SET_PDEATHSIG. The parent may have died just before the call: then no signal ever comes, so look after
 * it. Not by kill: the kernel does not let the first process of a pid namespace kill itself. */
int op_die_with_parent(const struct value *a) {
  if (prctl(PR_SET_PDEATHSIG, (unsigned long)a[0].number, 0, 0, 0)) return -1;
  if (parent_is_gone()) _exit(1);
  return 0;
}

/* setsid(2): without it, the container would share the session, and so the terminal's signals, with the host's shell */
int op_setsid(const struct value *a) {
  (void)a;
  return setsid() < 0 ? -1 : 0;
}

/* sethostname(2): the length is without a NUL */
int op_sethostname(const struct value *a) {
  return sethostname(a[0].text, strlen(a[0].text));
}

/* setdomainname(2) */
int op_setdomainname(const struct value *a) {
  return setdomainname(a[0].text, strlen(a[0].text));
}

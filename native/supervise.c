/* `--init`: a first process for containers whose program is none. It reaps what it inherits and passes signals on;
 * tini and docker-init do the same. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kernel.h"
#include "stage.h"

/* wait(2), as long as there is something; ends with the code of the main child as a shell would give it */
static void reap(pid_t child) {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
    if (pid == child) _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* sigwaitinfo(2). All signals are blocked, so none is lost and none is dropped: the kernel throws away what would hit
 * the default action of a namespace's first process, but not what is blocked. */
static void init_run(pid_t child, const sigset_t *all) {
  static const char title[] = "mini-docker:init";
  memset(stage.title, 0, stage.title_size);
  if (stage.title_size >= sizeof title) memcpy(stage.title, title, sizeof title);
  prctl(PR_SET_NAME, "mini-docker-init", 0, 0, 0); /* the kernel keeps 15 characters of it */
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);       /* when there is no pid namespace, orphans come here all the same */
  syscall(SYS_close_range, 3u, ~0u, 0);            /* the status pipe among them: only the child's copy counts now */
  for (;;) {
    int signal = sigwaitinfo(all, NULL);
    if (signal == SIGCHLD) reap(child);
    else if (signal > 0 && signal != SIGTTIN && signal != SIGTTOU) kill(child, signal);
  }
}

/* clone(2) raw: libc's fork would add calls of its own. Signals are blocked before, so that init misses none. The child
 * gets a process group of its own, in the foreground if there is a terminal (tcsetpgrp(3); SIGTTOU is still blocked,
 * which allows it): what is typed there then reaches the program once, not also by way of init. */
int op_supervise(const struct value *a) {
  (void)a;
  sigset_t all, before;
  sigfillset(&all);
  pid_t init = getpid();
  if (sigprocmask(SIG_BLOCK, &all, &before)) return -1;
  pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child < 0) {
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return errno = error, -1;
  }
  if (child > 0) init_run(child, &all);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)) return -1;
  if (getppid() != init) _exit(1);
  if (setpgid(0, 0)) return -1;
  pid_t group = getpid();
  ioctl(0, TIOCSPGRP, &group); /* ENOTTY: no terminal, or not this session's */
  return sigprocmask(SIG_SETMASK, &before, NULL);
}

/* What is left when init has ended: orphans that came to the subreaper when there was no pid namespace to die with, or
 * an init whose pid the stage could not tell any more. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include "children.h"

/* proc(5), /proc/<pid>/task/<tid>/children: numbers with a blank behind each. A child leaves the list only when this
 * process reaps it, which it does not do while it reads: so none is skipped. -1 when there is no such file. */
static int kill_listed(void) {
  char buffer[4096];
  int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  pid_t pid = 0;
  for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) > 0;)
    for (char *c = buffer; c < buffer + got; c++) {
      if (*c >= '0' && *c <= '9') {
        pid = pid * 10 + (*c - '0');
      } else if (pid > 0) {
        kill(pid, SIGKILL);
        pid = 0;
      }
    }
  close(fd);
  return 0;
}

/* The children of a killed child come here when it dies, and its death ends the wait: so each wait is preceded by a
 * look at a list that holds whoever came before. A child that forks faster than this loop runs away from it: only a pid
 * namespace or cgroup.kill are sure. */
void kill_children(void) {
  for (;;) {
    int options = kill_listed() ? WNOHANG : 0; /* no /proc: do not wait for what was not killed */
    if (waitpid(-1, NULL, options) <= 0 && errno != EINTR) return;
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
}

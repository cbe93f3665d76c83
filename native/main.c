/* mini-docker-stage: the one native program, in two roles and without an opinion. TypeScript plans, this performs.
 *   monitor: starts a stage, outlives it, is the parent of the container's init
 *   stage:   performs a program; whoever starts it is the parent */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "monitor.h"
#include "protocol.h"
#include "report.h"
#include "stage.h"

static int usage(const char *text) {
  return write(2, text, strlen(text)) < 0 ? 125 : 125;
}

/* A closed fd 0, 1 or 2 would be given to the next file that is opened, and the container would get that. */
static void fill_stdio(void) {
  int fd;
  do fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd < CHANNEL_FD);
  if (fd >= 0) close(fd);
}

/* rt_sigaction(2): execve keeps what is ignored; Node ignores SIGPIPE, glibc's posix_spawn 32 and 33. Those two are
 * libc's own and signal(3) does not touch them: raw call, a struct of the kernel's, all zero: SIG_DFL, no flags. */
static void reset_signals(void) {
  static const unsigned long by_default[4];
  for (int s = 1; s <= 64; s++) syscall(SYS_rt_sigaction, s, by_default, NULL, 8);
}

int main(int argc, char **argv) {
  int monitor = argc == 2 && !strcmp(argv[1], "monitor");
  if (!monitor && !(argc == 2 && !strcmp(argv[1], "stage")))
    return usage("usage: mini-docker-stage monitor|stage, with the channel on fd 3 (mini-docker starts it)\n");
  stage.title = argv[0];
  stage.title_size = (size_t)(argv[1] + strlen(argv[1]) - argv[0]);
  if (fcntl(CHANNEL_FD, F_SETFD, FD_CLOEXEC)) return usage("mini-docker-stage: no channel on fd 3\n");
  stage.fds[ROLE_TARGET] = fcntl(TARGET_FD, F_SETFD, FD_CLOEXEC) ? -1 : TARGET_FD; /* before anything else is opened */
  fcntl(CHANNEL_FD, F_SETFL, 0); /* blocking, whatever the host left */
  fill_stdio();
  reset_signals();
  if (monitor) return monitor_run();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  report(REPORT_STAGE, 0, getpid(), now());
  stage_run(-1);
}

/* The monitor: stays outside of all namespaces, is the parent of init, and sees to it that nothing is left over. It
 * decides nothing; what it sees, it reports. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "children.h"
#include "kernel.h"
#include "monitor.h"
#include "report.h"
#include "stage.h"

static pid_t stage_pid, init_pid;  /* init 0: not known yet */
static int status_fd;              /* read end of the status pipe, -1 after its end */
static int has_terminal;           /* fd 0 is one */
static struct termios settings;    /* how it was before the container got it */

enum { STATUS_FD = CHANNEL_FD + 1, TERMINAL_FD, KEPT_FDS };

/* In the child. The order: first the signal for the monitor's death, then the look whether it came too late. */
static void stage_start(int status[2]) {
  sigset_t none;
  sigemptyset(&none);
  close(status[0]);
  stage.status_fd = status[1];
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (parent_is_gone()) _exit(1);
  prctl(PR_SET_NAME, "mini-docker:stg", 0, 0, 0);
  sigprocmask(SIG_SETMASK, &none, NULL);
  report(REPORT_STAGE, 0, getpid(), now()); /* here and not in the parent, so that it is surely the first */
  stage_run(status[1]);
}

/* Lets go of what the container or the CLI use: a reader of the container's output shall see its end when the
 * container closes it, and no directory shall be busy because the monitor stands in it. */
static void let_go(void) {
  if (status_fd != STATUS_FD) dup3(status_fd, STATUS_FD, O_CLOEXEC);
  status_fd = STATUS_FD;
  if (has_terminal) dup3(0, TERMINAL_FD, O_CLOEXEC);
  syscall(SYS_close_range, has_terminal ? KEPT_FDS : TERMINAL_FD, ~0u, 0); /* the pipe's write end among them */
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++) null < 0 ? close(fd) : dup2(null, fd);
  if (null >= 0) close(null);
  if (chdir("/")) return;
}

/* The stage writes init's pid into the pipe; its end says that nobody is left who has not called execve. */
static void read_status(void) {
  int32_t pid;
  while (status_fd >= 0) {
    ssize_t got = read(status_fd, &pid, sizeof pid);
    if (got < 0) return; /* EAGAIN */
    if (got == sizeof pid) {
      init_pid = pid;
      continue;
    }
    close(status_fd);
    status_fd = -1;
    if (!init_pid) init_pid = stage_pid; /* no fork: the stage became the program itself, or it failed */
    report(REPORT_RUNNING, 0, 0, now());
  }
}

/* Has init ended? As long as init is not known, only the stage is waited for: a child that is reaped before its name is
 * known could be init, and its status would be lost. */
static int has_ended(int *status) {
  pid_t pid;
  read_status();
  if (!init_pid && waitpid(stage_pid, status, WNOHANG) == stage_pid) {
    read_status();
    if (!init_pid || init_pid == stage_pid) return 1;
  }
  while (init_pid && (pid = waitpid(-1, status, WNOHANG)) > 0)
    if (pid == init_pid) return 1;
  return 0;
}

/* poll(2) on the channel asks for nothing, so it says only POLLHUP: what comes in belongs to the stage. */
static int wait_for_end(int children, int *status) {
  struct pollfd p[] = { { .fd = CHANNEL_FD }, { .fd = children, .events = POLLIN }, { .fd = status_fd, .events = POLLIN } };
  struct signalfd_siginfo info;
  for (;;) {
    if (has_ended(status)) return 0;
    p[2].fd = status_fd;
    if (poll(p, 3, -1) < 0 && errno != EINTR) return -1;
    if (p[0].revents) return -1;
    if (p[1].revents && read(children, &info, sizeof info) < 0 && errno != EAGAIN) return -1;
  }
}

int monitor_run(void) {
  int status[2], ended = 0;
  sigset_t all, child;
  sigfillset(&all);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* before the first child: its orphans shall come here */
  prctl(PR_SET_NAME, "mini-docker:mon", 0, 0, 0);
  sigprocmask(SIG_BLOCK, &all, NULL);        /* ^C and its like are for the CLI, which forwards them */
  if (pipe2(status, O_CLOEXEC)) return 125;
  status_fd = status[0];
  fcntl(status_fd, F_SETFL, O_NONBLOCK);
  has_terminal = !tcgetattr(0, &settings);
  stage_pid = fork();
  if (stage_pid < 0) return 125;
  if (stage_pid == 0) stage_start(status);
  let_go();
  int children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  int failed = children < 0 || wait_for_end(children, &ended); /* poll passes over -1: no end would be noticed */
  kill_children();
  read_status();
  if (failed && has_terminal) tcsetattr(TERMINAL_FD, TCSANOW, &settings); /* the CLI cannot do it any more */
  if (!failed) report(REPORT_EXIT, 0, ended, now());
  return 0;
}

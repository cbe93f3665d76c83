/* The stage: performs the records of the program in order, reports, and knows nothing else. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "report.h"
#include "stage.h"

struct stage stage = { .channel = CHANNEL_FD };

static perform *const table[OP_COUNT] = {
#define OP(name, arguments) [OP_##name] = op_##name,
  OPS(OP)
#undef OP
};

static int is_tolerated(const struct step *step, int error) {
  for (int k = 0; k < step->tolerated; k++)
    if (step->errnos[k] == (uint32_t)error) return 1;
  return 0;
}

void stage_run(int status_fd) {
  struct program program;
  stage.status_fd = status_fd;
  for (int role = 0; role < ROLE_COUNT; role++)
    if (role != ROLE_TARGET) stage.fds[role] = -1;
  if (program_receive(&program)) {
    report(REPORT_FAIL, 0, EPROTO, now());
    _exit(1);
  }
  /* #region loop */
  for (uint32_t k = 0; k < program.count; k++) {
    const struct step *step = stage.step = &program.steps[k];
    stage.start = now();
    int error = table[step->op](step->a) ? errno : 0;
    if (error && !is_tolerated(step, error)) {
      report(REPORT_FAIL, step->index, error, stage.start);
      _exit(1);
    }
    if (program.flags & FLAG_TRACE) report(REPORT_STEP, step->index, error, stage.start);
  }
  /* #endregion loop */
  _exit(0); /* a program may end without execve: it did what it was for */
}

int role_fd(int64_t role) {
  return role >= 0 && role < ROLE_COUNT ? stage.fds[role] : -1;
}

int closing(int fd, int result) {
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

/* ppoll(2) without waiting. The monitor alone reads the status pipe: POLLERR says that no reader is left. With no
 * monitor, whoever started the stage holds the channel: POLLHUP says that its end is closed. */
int parent_is_gone(void) {
  struct pollfd p = { .fd = stage.status_fd >= 0 ? stage.status_fd : stage.channel };
  struct timespec at_once = { 0, 0 };
  return ppoll(&p, 1, &at_once, NULL) > 0 && (p.revents & (POLLERR | POLLHUP));
}

/* Hands over to the host and waits until it hands back, perhaps with an fd. recvmsg(2), unix(7). */
int op_yield(const struct value *a) {
  uint32_t turn = 0;
  int64_t role = a[1].number;
  struct iovec data = { &turn, sizeof turn };
  union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int))]; } control;
  struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1 };
  if (role >= 0) m.msg_control = &control, m.msg_controllen = sizeof control; /* else the kernel closes what comes */
  report(REPORT_YIELD, (uint32_t)a[0].number, 0, stage.start);
  ssize_t got;
  do got = recvmsg(stage.channel, &m, MSG_WAITALL | MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got <= 0) _exit(1); /* the host is gone: what is half built dies with this process */
  errno = EPROTO;
  if (got != sizeof turn || turn != (uint32_t)a[0].number) return -1;
  if (role < 0) return 0;
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  if (role >= ROLE_COUNT || !c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) return -1;
  if (c->cmsg_len != CMSG_LEN(sizeof(int))) return -1;
  errno = EMFILE;
  if (role == ROLE_MOUNTS && stage.brought == MOUNTS_MAX) return -1;
  memcpy(role == ROLE_MOUNTS ? &stage.mounts[stage.brought++] : &stage.fds[role], CMSG_DATA(c), sizeof(int));
  return 0;
}

int op_fault(const struct value *a) {
  errno = (int)a[0].number;
  return errno ? -1 : 0;
}

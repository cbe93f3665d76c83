/* Reports to the host. 32 bytes go in one send, so what stage and monitor write never mixes. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "protocol.h"
#include "report.h"
#include "stage.h"

/* clock_gettime(2) by the vDSO: no system call, so stamping does not show in strace */
uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A report that cannot be sent is dropped: then the host is dead, and who must know it learns it elsewhere (the
 * monitor by POLLHUP, a waiting stage by EOF). MSG_NOSIGNAL: SIGPIPE has its default action again by now. */
void report(uint32_t kind, uint32_t index, int32_t value, uint64_t start) {
  struct report r = { .kind = kind, .index = index, .value = value, .start = start, .end = now() };
  if (stage.is_created) {
    if (kind == REPORT_FAIL && write(role_fd(ROLE_GATE), &r, sizeof r) < 0) return; /* the exec fifo: of whoever starts */
    return;
  }
  send(stage.channel, &r, sizeof r, MSG_NOSIGNAL);
}

/* unix(7), SCM_RIGHTS. Here an error counts: a container whose terminal nobody holds must not start. */
int report_fd(int role, int fd) {
  struct report r = { .kind = REPORT_FD, .value = role, .start = now(), .end = now() };
  struct iovec data = { &r, sizeof r };
  union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int))]; } control;
  memset(&control, 0, sizeof control);
  struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(c), &fd, sizeof fd);
  return sendmsg(stage.channel, &m, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

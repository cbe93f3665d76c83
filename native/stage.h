#ifndef STAGE_H
#define STAGE_H
#include "program.h"

/* What ops share. It survives fork: init goes on with the copy. */
struct stage {
  int channel;               /* CHANNEL_FD, until that number is the program's */
  int status_fd;             /* write end of the monitor's pipe, or -1 when there is no monitor */
  int fds[ROLE_COUNT];       /* fd roles; -1: not open */
  int mounts[MOUNTS_MAX];    /* of ROLE_MOUNTS: brought by turns, taken in the same order */
  int brought, taken;
  int is_created;            /* past wait_gate: the host has gone, and who started it is told of a failure alone */
  const struct step *step;   /* the one that is being performed */
  uint64_t start;            /* when it began */
  const char *executable;    /* what lookup chose */
  char *title;               /* what ps shows: all of argv, one after the other */
  size_t title_size;
};
extern struct stage stage;

void stage_run(int status_fd); /* receives a program and performs it; does not return */
int role_fd(int64_t role);     /* the fd of a role, -1 (which the kernel answers with EBADF) if there is none */
int parent_is_gone(void);      /* whoever must outlive this process has died */
int closing(int fd, int result); /* closes fd, keeps errno, returns result */

#endif

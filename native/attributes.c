/* What a process is beside its rights: how it is scheduled, where its memory lies, which keys it holds, which Linux it sees. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel.h"
#include "stage.h"

/* sched_setattr(2): struct sched_attr, whose first field is its size */
int op_scheduler(const struct value *a) {
  uint32_t size;
  if (a[0].length < sizeof size) return errno = EINVAL, -1;
  memcpy(&size, a[0].bytes, sizeof size);
  if (size != a[0].length) return errno = EINVAL, -1;
  return (int)syscall(SYS_sched_setattr, 0, a[0].bytes, 0u);
}

/* ioprio_set(2), of this process */
int op_io_priority(const struct value *a) {
  return (int)syscall(SYS_ioprio_set, KERNEL_IOPRIO_WHO_PROCESS, 0, (int)a[0].number);
}

/* personality(2): returns what was before */
int op_personality(const struct value *a) {
  return personality((unsigned long)a[0].number) < 0 ? -1 : 0;
}

/* set_mempolicy(2), as libnuma calls it: the kernel takes one off the number of bits. execve keeps it, and children have it. */
int op_set_mempolicy(const struct value *a) {
  const void *nodes = a[1].length == 0 ? NULL : a[1].bytes;
  return (int)syscall(SYS_set_mempolicy, (int)a[0].number, nodes, nodes == NULL ? 0ul : a[1].length * 8ul + 1);
}

/* KEYCTL_JOIN_SESSION_KEYRING(2const): the one that it was started with is somebody else's, with their keys in it */
int op_session_keyring(const struct value *a) {
  return syscall(SYS_keyctl, KERNEL_KEYCTL_JOIN_SESSION_KEYRING, a[0].text) < 0 ? -1 : 0;
}

/* Credentials. Raw system calls: libc's functions change every thread, with signals that a single thread can spare. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "stage.h"

/* setgroups(2): before the uid, which takes away the right to call it */
int op_setgroups(const struct value *a) {
  if (a[0].length % sizeof(uint32_t) != 0) return errno = EINVAL, -1;
  return (int)syscall(SYS_setgroups, a[0].length / sizeof(uint32_t), a[0].bytes);
}

/* setresgid(2): real, effective and saved, or there is a way back */
int op_setresgid(const struct value *a) {
  unsigned id = (unsigned)a[0].number;
  return (int)syscall(SYS_setresgid, id, id, id);
}

/* prlimit(2), of ourselves: before the ids, because only root may raise a hard limit */
int op_setrlimit(const struct value *a) {
  if (a[1].length != 2 * sizeof(uint64_t)) return errno = EINVAL, -1;
  return (int)syscall(SYS_prlimit64, 0, (int)a[0].number, a[1].bytes, NULL);
}

/* setresuid(2): clears PDEATHSIG, so die_with_parent comes again behind it */
int op_setresuid(const struct value *a) {
  unsigned id = (unsigned)a[0].number;
  return (int)syscall(SYS_setresuid, id, id, id);
}

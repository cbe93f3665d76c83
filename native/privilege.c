/* What a process may do beside what its ids allow: capabilities, no_new_privs, seccomp. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel.h"
#include "report.h"
#include "stage.h"

/* PR_CAPBSET_DROP(2const): from the first to the last that this kernel has (EINVAL behind it) all that are not in the set */
int op_drop_bounding(const struct value *a) {
  uint64_t keep = (uint64_t)a[0].number;
  for (unsigned cap = 0; cap < 64; cap++) {
    int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
    if (has < 0) return 0; /* there are no more */
    if (has && !(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0)) return -1;
  }
  return 0;
}

/* PR_SET_KEEPCAPS(2const): else the change of uid takes the permitted ones away. execve clears it. */
int op_keep_caps(const struct value *a) {
  (void)a;
  return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

/* capset(2): effective, permitted, inheritable, two times 32 bits of each. What the kernel does not have yet is left out
 * by whoever makes the set. */
int op_capset(const struct value *a) {
  struct { uint32_t version; int pid; } header = { KERNEL_CAPABILITY_VERSION_3, 0 };
  struct { uint32_t effective, permitted, inheritable; } data[2];
  for (int half = 0; half < 2; half++) {
    data[half].effective = (uint32_t)((uint64_t)a[0].number >> 32 * half);
    data[half].permitted = (uint32_t)((uint64_t)a[1].number >> 32 * half);
    data[half].inheritable = (uint32_t)((uint64_t)a[2].number >> 32 * half);
  }
  return (int)syscall(SYS_capset, &header, data);
}

/* PR_CAP_AMBIENT(2const): after capset, for each has to be permitted and inheritable */
int op_ambient(const struct value *a) {
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)) return -1;
  for (unsigned long cap = 0; cap < 64; cap++)
    if ((uint64_t)a[0].number >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0)) return -1;
  return 0;
}

/* PR_SET_NO_NEW_PRIVS(2const): from here on no set-user-ID bit and no file capability gives anything */
int op_no_new_privs(const struct value *a) {
  (void)a;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* seccomp(2), SECCOMP_SET_MODE_FILTER: struct sock_filter[], flags. With NEW_LISTENER it returns one, which is for outside. */
int op_seccomp(const struct value *a) {
  struct { unsigned short length; const void *filter; } program = { (unsigned short)(a[0].length / 8), a[0].bytes };
  if (a[0].length % 8 || a[0].length / 8 > 4096) return errno = EINVAL, -1;
  int done = (int)syscall(SYS_seccomp, KERNEL_SECCOMP_SET_MODE_FILTER, (unsigned)a[1].number, &program);
  if (done <= 0) return done;
  if (!(a[1].number & KERNEL_SECCOMP_NEW_LISTENER)) return errno = ESRCH, -1; /* the thread that could not follow */
  return closing(done, report_fd(ROLE_LISTENER, done));
}

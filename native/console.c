/* The container's terminal. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel.h"
#include "report.h"
#include "resolve.h"
#include "stage.h"

/* pty(7), ioctl_tty(2). The slave comes from the master (TIOCGPTPEER), not from a name that the image could have put
 * something else at. */
static int open_slave(int master, const struct value *a) {
  int locked = 0;
  struct winsize size = { .ws_row = (unsigned short)a[0].number, .ws_col = (unsigned short)a[1].number };
  if (ioctl(master, TIOCSPTLCK, &locked)) return -1;
  int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) return -1;
  if (ioctl(master, TIOCSWINSZ, &size) || fchown(slave, (uid_t)a[2].number, (gid_t)-1)) return closing(slave, -1);
  return slave;
}

/* /dev/console: a bind mount of the slave on an empty file, both by fd */
static int bind_console(int slave) {
  char from[PROC_PATH_SIZE], to[PROC_PATH_SIZE];
  const char *name;
  int parent = open_parent("/dev/console", &name);
  if (parent < 0) return -1;
  int made = mknodat(parent, name, S_IFREG | 0600, 0);
  if (closing(parent, made && errno != EEXIST)) return -1;
  int target = open_in_root("/dev/console", O_PATH);
  if (target < 0) return -1;
  return closing(target, mount(proc_path(from, slave), proc_path(to, target), NULL, MS_BIND, NULL));
}

/* The slave becomes the controlling terminal, which takes a session that has none: setsid is a step before this one. */
static int become_terminal(int slave) {
  if (ioctl(slave, TIOCSCTTY, 0)) return -1;
  for (int fd = 0; fd < 3; fd++)
    if (syscall(SYS_dup3, slave, fd, 0) < 0) return -1;
  return 0;
}

/* Opened in the container's own devpts: one from the host's has no name in there, and `tty` would say "not a tty".
 * The master goes out last, when all that can fail is done. */
int op_console(const struct value *a) {
  int master = open_in_root("/dev/pts/ptmx", O_RDWR | O_NOCTTY);
  if (master < 0) return -1;
  int slave = open_slave(master, a);
  if (slave < 0) return closing(master, -1);
  int failed = bind_console(slave) || become_terminal(slave) || report_fd(ROLE_CONSOLE, master);
  return closing(master, closing(slave, failed ? -1 : 0));
}

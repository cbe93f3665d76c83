/* What a limit has to hold: `inside eat MIB`, `inside burn SECONDS`, `inside bomb SECONDS`. Each begins with its first act. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "inside.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Says how much it got, which it does not live to see where that is too much. With WAIT it keeps it for so many seconds. */
int load_eat(int argc, char **argv) {
  size_t size = (size_t)(argc > 2 ? atoi(argv[2]) : 1) << 20;
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    puts(errno_name(errno));
    return 1;
  }
  for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
  printf("ate %zu\n", size >> 20);
  fflush(stdout);
  if (argc > 3) sleep((unsigned)atoi(argv[3]));
  return 0;
}

int load_burn(int argc, char **argv) {
  double end = now() + (argc > 2 ? atof(argv[2]) : 1);
  puts("burning");
  fflush(stdout);
  while (now() < end) {
  }
  return 0;
}

/* All that can be forked, at once, and each of those forks on. The first says in the end how many it made itself. */
int load_bomb(int argc, char **argv) {
  double end = now() + (argc > 2 ? atof(argv[2]) : 1);
  int forked = 0, refused = 0;
  pid_t first = getpid();
  signal(SIGCHLD, SIG_DFL);
  while (now() < end) {
    pid_t child = fork();
    if (child > 0) forked++;
    if (child < 0) {
      struct timespec while_full = { 0, 1000000 };
      refused = errno;
      nanosleep(&while_full, NULL);
    }
  }
  if (getpid() != first) _exit(0);
  printf("forked %d, %s\n", forked, refused ? errno_name(refused) : "never refused");
  return 0;
}

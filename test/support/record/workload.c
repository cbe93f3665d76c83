/* The programs whose curves the site shows: each waits for a line before it begins, and for another before it ends. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MiB = 1 << 20 };

static void wait_for_line(void) {
  char byte;
  if (read(0, &byte, 1) != 1) exit(1);
}

static void say(const char *text) {
  if (write(1, text, strlen(text)) < 0) exit(1);
}

static struct timespec beginning;

/* Until so long after the beginning: a slow turn is made good by the next one. */
static void until_ms(long ms) {
  struct timespec time = {beginning.tv_sec + ms / 1000, beginning.tv_nsec + ms % 1000 * 1000000};
  time.tv_sec += time.tv_nsec / 1000000000;
  time.tv_nsec %= 1000000000;
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* Until it has used so much processor time, however long that takes. */
static void burn(long ms) {
  struct timespec start, now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
  do {
    for (volatile int i = 0; i < 20000; i++) continue;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  } while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < ms);
}

/* A file first, which fills the page cache; then memory of its own. A MiB each 10 ms. */
static void eat(int file, long file_mib, long own_mib) {
  char *buffer = malloc(MiB);
  for (long i = 0; i < file_mib; until_ms(++i * 10)) {
    if (read(file, buffer, MiB) != MiB) exit(1);
  }
  for (long i = 0; i < own_mib; until_ms((file_mib + ++i) * 10)) {
    char *own = mmap(NULL, MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (own == MAP_FAILED) exit(1);
    memset(own, 1, MiB);
  }
  until_ms((file_mib + own_mib) * 10 + 150);
}

/* Children that only wait, one each 15 ms; a fork that fails is counted, and the next one is tried. */
static void multiply(long count) {
  long forked = 0, refused = 0;
  for (long i = 0; i < count; until_ms(++i * 15)) {
    pid_t pid = fork();
    if (pid == 0) for (;;) pause();
    if (pid > 0) forked++;
    else if (errno == EAGAIN) refused++;
    else exit(1);
  }
  char line[64];
  snprintf(line, sizeof line, "forked %ld refused %ld\n", forked, refused);
  say(line);
  until_ms(count * 15 + 150);
}

int main(int count, char **argument) {
  const char *what = count > 1 ? argument[1] : "";
  int file = -1;
  if (strcmp(what, "eat") == 0) {
    file = open(argument[2], O_RDONLY);
    /* nobody has read it before: else it would be in somebody else's account */
    if (file < 0 || fdatasync(file) < 0 || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) != 0) return 1;
    /* the kernel reads ahead of nobody: the curve is what the program has read */
    if (posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM) != 0) return 1;
  }
  say("ready\n");
  wait_for_line();
  clock_gettime(CLOCK_MONOTONIC, &beginning);
  if (strcmp(what, "burn") == 0) burn(atol(argument[2]));
  else if (strcmp(what, "eat") == 0) eat(file, atol(argument[3]), atol(argument[4]));
  else if (strcmp(what, "multiply") == 0) multiply(atol(argument[2]));
  else return 2;
  say("end\n");
  wait_for_line();
  return 0;
}

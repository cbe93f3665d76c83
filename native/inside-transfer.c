/* `inside sink PORT` and `inside pour ADDRESS PORT BYTES`: so much over TCP, and how long it was in coming. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "inside.h"

static char chunk[65536];

static int failed(const char *what) {
  fprintf(stderr, "%s: %s\n", what, errno_name(errno));
  return 1;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Prints "listening", then "BYTES SECONDS", from the first byte to the end. */
int transfer_sink(int argc, char **argv) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY) };
  int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  long long bytes = 0;
  double start = 0;
  ssize_t got;
  if (argc != 3) return 2;
  address.sin_port = htons((uint16_t)atoi(argv[2]));
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1)) return failed("listen");
  puts("listening");
  fflush(stdout);
  int client = accept(fd, NULL, NULL);
  if (client < 0) return failed("accept");
  while ((got = read(client, chunk, sizeof chunk)) > 0) {
    if (bytes == 0) start = now();
    bytes += got;
  }
  if (got < 0) return failed("read");
  printf("%lld %.3f\n", bytes, now() - start);
  return close(client);
}

/* Ends when the other side has read all of it. */
int transfer_pour(int argc, char **argv) {
  struct sockaddr_in address = { .sin_family = AF_INET };
  if (argc != 5 || !inet_aton(argv[2], &address.sin_addr)) return 2;
  address.sin_port = htons((uint16_t)atoi(argv[3]));
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) return failed("connect");
  for (long long left = atoll(argv[4]); left > 0;) {
    ssize_t put = write(fd, chunk, left < (long long)sizeof chunk ? (size_t)left : sizeof chunk);
    if (put < 0) return failed("write");
    left -= put;
  }
  shutdown(fd, SHUT_WR);
  return read(fd, chunk, 1) < 0 ? failed("read") : 0;
}

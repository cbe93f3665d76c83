/* `inside serve PORT TEXT` and `inside fetch ADDRESS PORT`: TCP over IPv4, one connection, ten and five seconds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "inside.h"

static int failed(const char *what) {
  fprintf(stderr, "%s: %s\n", what, errno_name(errno));
  return 1;
}

static int tcp(int seconds) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  struct timeval limit = { .tv_sec = seconds };
  if (fd < 0) return fd;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit); /* accept and reads */
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit); /* connect and writes */
  return fd;
}

/* Prints "listening" when a client may come, then "from ADDRESS", which shows what NAT did. */
int network_serve(int argc, char **argv) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY) };
  socklen_t length = sizeof address;
  if (argc != 4) return 2;
  address.sin_port = htons((uint16_t)atoi(argv[2]));
  int fd = tcp(10);
  if (fd < 0) return failed("socket");
  if (bind(fd, (struct sockaddr *)&address, sizeof address)) return failed("bind");
  if (listen(fd, 8)) return failed("listen");
  puts("listening");
  fflush(stdout);
  int client = accept(fd, (struct sockaddr *)&address, &length);
  if (client < 0) return failed("accept");
  printf("from %s\n", inet_ntoa(address.sin_addr));
  if (write(client, argv[3], strlen(argv[3])) < 0) return failed("write");
  return close(client);
}

int network_fetch(int argc, char **argv) {
  struct sockaddr_in address = { .sin_family = AF_INET };
  char buffer[4096];
  ssize_t got;
  if (argc != 4 || !inet_aton(argv[2], &address.sin_addr)) return 2;
  address.sin_port = htons((uint16_t)atoi(argv[3]));
  int fd = tcp(5);
  if (fd < 0) return failed("socket");
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
    if (errno == EINPROGRESS) errno = ETIMEDOUT; /* that is how SO_SNDTIMEO says it */
    return failed("connect");
  }
  while ((got = read(fd, buffer, sizeof buffer)) > 0) fwrite(buffer, 1, (size_t)got, stdout);
  return got < 0 ? failed("read") : 0;
}

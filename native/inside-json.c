/* JSON on stdout, and the names of numbers. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "inside.h"

static int comma_due;

void json_item(void) {
  if (comma_due) putchar(',');
  comma_due = 0;
}

void json_open(char bracket) {
  putchar(bracket);
  comma_due = 0;
}

void json_close(char bracket) {
  putchar(bracket);
  comma_due = 1;
}

/* Bytes from 0x80 on go out as they are: names in a container are UTF-8 unless a test wants otherwise. */
void json_text(const char *text) {
  comma_due = 1;
  if (!text) {
    fputs("null", stdout);
    return;
  }
  putchar('"');
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '"' || *c == '\\') printf("\\%c", *c);
    else if (*c < 0x20 || *c == 0x7f) printf("\\u%04x", *c);
    else putchar(*c);
  }
  putchar('"');
}

void json_key(const char *key) {
  json_item();
  json_text(key);
  putchar(':');
  comma_due = 0;
}

void json_integer(long long n) {
  printf("%lld", n);
  comma_due = 1;
}

void json_boolean(int yes) {
  fputs(yes ? "true" : "false", stdout);
  comma_due = 1;
}

void json_number(const char *key, long long n) {
  json_key(key);
  json_integer(n);
}

void json_texts(char *const *texts) {
  json_open('[');
  for (; *texts; texts++) json_item(), json_text(*texts);
  json_close(']');
}

void json_lines(const char *path) {
  static char line[65536];
  FILE *file = fopen(path, "re");
  if (!file) {
    json_text(NULL);
    return;
  }
  json_open('[');
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    json_item(), json_text(line);
  }
  json_close(']');
  fclose(file);
}

const char *errno_name(int error) {
  static char number[16];
#define NAME(e) if (error == e) return #e;
  NAME(EPERM) NAME(ENOENT) NAME(ESRCH) NAME(EINTR) NAME(EIO) NAME(ENXIO) NAME(E2BIG) NAME(ENOEXEC) NAME(EBADF)
  NAME(ECHILD) NAME(EAGAIN) NAME(ENOMEM) NAME(EACCES) NAME(EFAULT) NAME(ENOTBLK) NAME(EBUSY) NAME(EEXIST) NAME(EXDEV)
  NAME(ENODEV) NAME(ENOTDIR) NAME(EISDIR) NAME(EINVAL) NAME(ENFILE) NAME(EMFILE) NAME(ENOTTY) NAME(ETXTBSY)
  NAME(EFBIG) NAME(ENOSPC) NAME(ESPIPE) NAME(EROFS) NAME(EMLINK) NAME(EPIPE) NAME(ENAMETOOLONG) NAME(ENOSYS)
  NAME(ENOTEMPTY) NAME(ELOOP) NAME(EOVERFLOW) NAME(EUSERS) NAME(EOPNOTSUPP) NAME(EADDRINUSE) NAME(EADDRNOTAVAIL)
  NAME(ENETDOWN) NAME(ENETUNREACH) NAME(ECONNRESET) NAME(ETIMEDOUT) NAME(ECONNREFUSED) NAME(EHOSTUNREACH)
  NAME(EINPROGRESS)
#undef NAME
  snprintf(number, sizeof number, "errno %d", error);
  return number;
}

const char *signal_name(int n) {
  static const char *const names[] = {
    "0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
    "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
    "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
  };
  static char number[24];
  if (n > 0 && n < (int)(sizeof names / sizeof *names)) return names[n];
  snprintf(number, sizeof number, "signal %d", n);
  return number;
}

/* inside seccomp: a process that installs a filter and makes calls, so that tests see what the kernel does with them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "inside.h"

/* linux/filter.h, linux/seccomp.h: musl has no linux/ headers */
enum { MOST_INSTRUCTIONS = 4096, SET_MODE_FILTER = 1 };
struct instruction { uint16_t code; uint8_t jt, jf; uint32_t k; };
struct program { unsigned short length; struct instruction *instructions; };
struct call_data { int number; uint32_t arch; uint64_t instruction_pointer, args[6]; };
struct notification { uint64_t id; uint32_t pid, flags; struct call_data data; };
struct response { uint64_t id; int64_t val; int32_t error; uint32_t flags; };
#define NOTIF_RECV _IOWR('!', 0, struct notification)
#define NOTIF_SEND _IOWR('!', 1, struct response)
enum { LET_IT_GO_ON = 1 };

/* CALL: number[,argument…], in decimal or 0x…; with x86: before it, as a program of 32 bits makes it */
static long make_call(const char *text) {
  long a[7] = { 0 };
  int wants32 = !strncmp(text, "x86:", 4), n = 0;
  for (char *at = (char *)text + (wants32 ? 4 : 0); n < 7; at++) {
    a[n++] = (long)strtoull(at, &at, 0);
    if (*at != ',') break;
  }
  if (!wants32) return syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
#ifdef __x86_64__
  long result = a[0];
  __asm__ volatile("int $0x80" : "+a"(result) : "b"(a[1]), "c"(a[2]), "d"(a[3]), "S"(a[4]), "D"(a[5])
                   : "memory", "r8", "r9", "r10", "r11");
  if (result >= 0 || result < -4095) return result;
  errno = (int)-result;
#else
  errno = ENOSYS;
#endif
  return -1;
}

static void trapped(int number, siginfo_t *info, void *context) {
  char line[64];
  (void)number, (void)context;
  int length = snprintf(line, sizeof line, "SIGSYS %d\n", info->si_syscall);
  if (write(1, line, (size_t)length) < 0) _exit(1);
}

static int make_calls(char **calls) {
  struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO };
  if (getenv("INSIDE_TRAP")) sigaction(SIGSYS, &action, NULL);
  for (; *calls; calls++) {
    char line[64];
    long result = make_call(*calls);
    int length = result == -1 ? snprintf(line, sizeof line, "%s\n", errno_name(errno))
                              : snprintf(line, sizeof line, "%ld\n", result);
    if (write(1, line, (size_t)length) < 0) return 1;
  }
  return 0;
}

/* Answers for a call with its first argument and 1000, and lets one whose first argument is 7 go on. */
static void answer(int listener) {
  struct notification call;
  struct response said = { 0 };
  memset(&call, 0, sizeof call);
  if (ioctl(listener, NOTIF_RECV, &call)) return;
  said.id = call.id;
  if (call.data.args[0] == 7) said.flags = LET_IT_GO_ON;
  else said.val = (int64_t)call.data.args[0] + 1000;
  ioctl(listener, NOTIF_SEND, &said);
}

static int install(const char *path, unsigned flags) {
  static struct instruction program[MOST_INSTRUCTIONS];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, program, sizeof program);
  if (length < 0) return -1;
  close(fd);
  struct program whole = { (unsigned short)((size_t)length / sizeof *program), program };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
  return (int)syscall(SYS_seccomp, SET_MODE_FILTER, flags, &whole);
}

/* seccomp FILE FLAGS CALL…: a line for each call, its result or the errno's name */
int seccomp_calls(int argc, char **argv) {
  if (argc < 4) return 2;
  int listener = install(argv[2], (unsigned)strtoul(argv[3], NULL, 0));
  if (listener < 0) {
    fprintf(stderr, "seccomp: %s\n", errno_name(errno));
    return 1;
  }
  if (!listener) return make_calls(argv + 4);
  pid_t child = fork();
  if (child == 0) _exit(make_calls(argv + 4));
  struct pollfd ready = { .fd = listener, .events = POLLIN };
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0)
    if (poll(&ready, 1, 50) > 0 && ready.revents & POLLIN) answer(listener);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* inside: a static program that tests run inside containers, because a rootfs may hold nothing else. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "inside.h"

static void wait_ms(long ms) {
  struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
  nanosleep(&t, NULL);
}

/* proc(5), /proc/<pid>/stat: the state stands behind the name, which may hold anything and ends with the last `)`. */
static int count_zombies(void) {
  char path[300], text[512];
  int zombies = 0;
  DIR *dir = opendir("/proc");
  if (!dir) return -1;
  for (struct dirent *e; (e = readdir(dir));) {
    snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
    FILE *file = e->d_name[0] >= '0' && e->d_name[0] <= '9' ? fopen(path, "re") : NULL;
    if (!file) continue;
    char *end = fgets(text, sizeof text, file) ? strrchr(text, ')') : NULL;
    if (end && end[1] && end[2] == 'Z') zombies++;
    fclose(file);
  }
  closedir(dir);
  return zombies;
}

/* orphan N: N grandchildren that end after their parents did. Who reaps them? */
static int orphan(int argc, char **argv) {
  int n = argc > 2 ? atoi(argv[2]) : 1;
  for (int k = 0; k < n; k++) {
    pid_t child = fork();
    if (child == 0) {
      if (fork() == 0) wait_ms(50);
      _exit(0);
    }
    if (child > 0) waitpid(child, NULL, 0);
  }
  wait_ms(200);
  json_open('{'), json_number("zombies", count_zombies()), json_close('}'), putchar('\n');
  return 0;
}

/* signals: says what comes in. Blocked and fetched, so that this works as process 1, too. */
static int signals(int argc, char **argv) {
  sigset_t all;
  (void)argc, (void)argv;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  puts("ready");
  for (;;) {
    fflush(stdout);
    int number = sigwaitinfo(&all, NULL);
    if (number < 0) continue;
    puts(signal_name(number));
    fflush(stdout);
    if (number == SIGTERM) return 42;
    if (number == SIGUSR1) return 43;
  }
}

static void say(const char *what, int result) {
  if (result) fprintf(stderr, "%s: %s\n", what, errno_name(errno));
}

/* escape DIR CMD…: chroot(2) does not move the working directory. A second chroot leaves it outside of the new root, and
 * from there `..` climbs on. Goes on when a step fails, so that the command shows where this got. */
static int escape(int argc, char **argv) {
  if (argc < 4) return 2;
  if (mkdir(argv[2], 0755) && errno != EEXIST) say("mkdir", -1);
  say("chroot", chroot(argv[2]));
  for (int k = 0; k < 64; k++)
    if (chdir("..")) {
      say("chdir", -1);
      break;
    }
  say("chroot .", chroot("."));
  execvp(argv[3], argv + 3);
  say("exec", -1);
  return 127;
}

static void device(const char *key, dev_t d) {
  char text[32];
  snprintf(text, sizeof text, "%u:%u", major(d), minor(d));
  json_key(key), json_text(text);
}

/* stat PATH…: a JSON line each; the link itself, not what it names */
static int stat_paths(int argc, char **argv) {
  static const char *const types[16] = { [1] = "fifo", [2] = "char", [4] = "dir", [6] = "block", [8] = "file",
                                         [10] = "symlink", [12] = "socket" };
  for (int k = 2; k < argc; k++) {
    struct stat s;
    json_open('{'), json_key("path"), json_text(argv[k]);
    if (lstat(argv[k], &s)) {
      json_key("error"), json_text(errno_name(errno));
    } else {
      json_key("type"), json_text(types[s.st_mode >> 12 & 15]), json_number("mode", s.st_mode & 07777);
      json_number("uid", s.st_uid), json_number("gid", s.st_gid), json_number("size", (long long)s.st_size);
      device("dev", s.st_dev), json_number("ino", (long long)s.st_ino), device("rdev", s.st_rdev);
    }
    json_close('}'), putchar('\n');
  }
  return 0;
}

static int try_mount(const char *path) {
  if (mount("tmpfs", path, "tmpfs", 0, NULL)) return -1;
  umount2(path, MNT_DETACH);
  return 0;
}

static int try_sethostname(void) { /* to what it is, so that nothing changes where it is allowed */
  char name[65] = "";
  return gethostname(name, sizeof name - 1) ? -1 : sethostname(name, strlen(name));
}

static int try_mknod(const char *path) {
  if (mknod(path, S_IFCHR | 0600, makedev(1, 3))) return -1;
  return unlink(path);
}

/* try CALL [PATH]: prints ok or the errno's name */
static int try_call(int argc, char **argv) {
  const char *call = argc > 2 ? argv[2] : "", *path = argc > 3 ? argv[3] : NULL;
  int result;
  if (!strcmp(call, "mount")) result = try_mount(path ? path : "/tmp");
  else if (!strcmp(call, "sethostname")) result = try_sethostname();
  else if (!strcmp(call, "mknod")) result = try_mknod(path ? path : "/inside-node");
  else if (!strcmp(call, "chroot")) result = chroot(path ? path : "/");
  else if (!strcmp(call, "unshare")) result = unshare(CLONE_NEWNS);
  else if (!strcmp(call, "userns")) result = unshare(CLONE_NEWUSER);
  else if (!strcmp(call, "write")) result = open(path ? path : "/", O_WRONLY | O_CLOEXEC) < 0 ? -1 : 0;
  else return 2;
  puts(result ? errno_name(errno) : "ok");
  return 0;
}

static int exit_with(int argc, char **argv) {
  return argc > 2 ? atoi(argv[2]) : 0;
}

int main(int argc, char **argv) {
  static const struct { const char *name; int (*run)(int, char **); } commands[] = {
    { "facts", facts }, { "orphan", orphan }, { "signals", signals }, { "escape", escape }, { "exit", exit_with },
    { "serve", network_serve }, { "fetch", network_fetch }, { "stat", stat_paths }, { "try", try_call },
    { "eat", load_eat }, { "burn", load_burn }, { "bomb", load_bomb },
    { "sink", transfer_sink }, { "pour", transfer_pour }, { "seccomp", seccomp_calls },
    { "overwrite", overwrite_exe },
  };
  int code = 2;
  if (argc < 2) return facts(argc, argv);
  for (unsigned k = 0; k < sizeof commands / sizeof *commands; k++)
    if (!strcmp(argv[1], commands[k].name)) code = commands[k].run(argc, argv);
  if (code == 2 && strcmp(argv[1], "exit"))
    fputs("usage: inside [facts|orphan N|signals|escape DIR CMD…|exit N|serve PORT TEXT|fetch ADDRESS PORT|stat PATH…|"
          "try mount|sethostname|mknod|chroot|unshare|userns|write [PATH]|"
          "eat MIB [SECONDS]|burn SECONDS|bomb SECONDS|sink PORT|pour ADDRESS PORT BYTES|"
          "seccomp FILE FLAGS CALL…|overwrite PROGRAM TEXT]\n", stderr);
  return code;
}

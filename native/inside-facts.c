/* `inside facts`: what a process can see and may do, as one JSON object. What needs /proc is null without it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "inside.h"

extern char **environ;

static const char *link_of(const char *path) {
  static char target[4096];
  ssize_t n = readlink(path, target, sizeof target - 1);
  if (n < 0) return NULL;
  target[n] = '\0';
  return target;
}

static int is_number(const char *text) {
  return *text && text[strspn(text, "0123456789")] == '\0';
}

static void identity(void) {
  gid_t groups[1024];
  char cwd[4096];
  struct stat root;
  int n = getgroups(1024, groups);
  json_number("pid", getpid()), json_number("ppid", getppid());
  json_number("uid", getuid()), json_number("euid", geteuid()), json_number("gid", getgid()), json_number("egid", getegid());
  json_key("groups"), json_open('[');
  for (int k = 0; k < n; k++) json_item(), json_integer(groups[k]);
  json_close(']');
  json_key("cwd"), json_text(getcwd(cwd, sizeof cwd));
  json_key("exe"), json_text(link_of("/proc/self/exe"));
  if (!stat("/", &root)) {
    json_key("root"), json_open('{');
    snprintf(cwd, sizeof cwd, "%u:%u", major(root.st_dev), minor(root.st_dev));
    json_key("dev"), json_text(cwd), json_number("ino", (long long)root.st_ino), json_close('}');
  }
  mode_t mask = umask(0);
  umask(mask);
  json_number("umask", mask);
}

static void namespaces(void) {
  char path[300];
  DIR *dir = opendir("/proc/self/ns");
  json_key("ns");
  if (!dir) {
    json_text(NULL);
    return;
  }
  json_open('{');
  for (struct dirent *e; (e = readdir(dir));) {
    snprintf(path, sizeof path, "/proc/self/ns/%s", e->d_name);
    const char *target = link_of(path), *inode = target ? strchr(target, '[') : NULL;
    if (inode) json_number(e->d_name, atoll(inode + 1));
  }
  json_close('}');
  closedir(dir);
}

static void status(void) {
  static const char *const wanted[] = { "NoNewPrivs", "Seccomp", "Seccomp_filters", "CapInh", "CapPrm", "CapEff", "CapBnd",
                                        "CapAmb", "SigIgn", "SigBlk", "SigCgt", NULL };
  char line[4096];
  FILE *file = fopen("/proc/self/status", "re");
  json_key("status");
  if (!file) {
    json_text(NULL);
    return;
  }
  json_open('{');
  while (fgets(line, sizeof line, file)) {
    char *value = strchr(line, ':');
    if (!value) continue;
    *value++ = '\0';
    value += strspn(value, "\t ");
    value[strcspn(value, "\n")] = '\0';
    for (int k = 0; wanted[k]; k++)
      if (!strcmp(line, wanted[k])) json_key(line), json_text(value);
  }
  json_close('}');
  fclose(file);
}

/* Without /proc, the numbers are found by asking for each; the targets stay unknown. */
static void descriptors(void) {
  char path[64];
  json_key("fds"), json_open('[');
  for (int fd = 0; fd < 1024; fd++) {
    if (fcntl(fd, F_GETFD) < 0) continue;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    json_item(), json_open('{'), json_number("fd", fd), json_key("target"), json_text(link_of(path)), json_close('}');
  }
  json_close(']');
}

static void terminal(void) {
  struct winsize size;
  json_key("tty"), json_text(isatty(0) ? ttyname(0) : NULL);
  json_key("window");
  if (ioctl(0, TIOCGWINSZ, &size)) json_text(NULL);
  else json_open('{'), json_number("rows", size.ws_row), json_number("columns", size.ws_col), json_close('}');
  json_number("session", getsid(0)), json_number("pgrp", getpgrp()), json_number("foreground", tcgetpgrp(0));
}

static void interfaces(void) {
  struct if_nameindex *all = if_nameindex();
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  json_key("interfaces"), json_open('[');
  for (struct if_nameindex *i = all; i && i->if_index; i++) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", i->if_name);
    int up = !ioctl(fd, SIOCGIFFLAGS, &request) && (request.ifr_flags & IFF_UP);
    int has_address = !ioctl(fd, SIOCGIFADDR, &request);
    struct in_addr address = ((struct sockaddr_in *)(void *)&request.ifr_addr)->sin_addr;
    json_item(), json_open('{'), json_key("name"), json_text(i->if_name);
    json_key("up"), json_boolean(up);
    json_key("ipv4"), json_text(has_address ? inet_ntoa(address) : NULL), json_close('}');
  }
  json_close(']');
  if (all) if_freenameindex(all);
  if (fd >= 0) close(fd);
}

static void ip_forward(void) {
  char text[16] = "";
  FILE *file = fopen("/proc/sys/net/ipv4/ip_forward", "re");
  json_key("ipForward");
  if (file && fgets(text, sizeof text, file)) json_integer(atoll(text));
  else json_text(NULL);
  if (file) fclose(file);
}

static void processes(void) {
  DIR *dir = opendir("/proc");
  json_key("processes"), json_open('[');
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (is_number(e->d_name)) json_item(), json_integer(atoll(e->d_name));
  json_close(']');
  if (dir) closedir(dir);
}

int facts(int argc, char **argv) {
  struct utsname names;
  struct rlimit files;
  struct timespec monotonic, boottime;
  (void)argc;
  json_open('{');
  descriptors(); /* first: before this process opens files of its own */
  identity();
  uname(&names);
  json_key("hostname"), json_text(names.nodename), json_key("domainname"), json_text(names.domainname);
  namespaces();
  json_key("mountinfo"), json_lines("/proc/self/mountinfo");
  json_key("cgroup"), json_lines("/proc/self/cgroup");
  status();
  terminal();
  interfaces();
  json_key("env"), json_texts(environ);
  json_key("argv"), json_texts(argv);
  ip_forward();
  processes();
  if (!getrlimit(RLIMIT_NOFILE, &files)) {
    json_key("nofile"), json_open('{'), json_number("soft", (long long)files.rlim_cur);
    json_number("hard", (long long)files.rlim_max), json_close('}');
  }
  clock_gettime(CLOCK_MONOTONIC, &monotonic), clock_gettime(CLOCK_BOOTTIME, &boottime);
  json_key("clock"), json_open('{'), json_number("monotonic", monotonic.tv_sec);
  json_number("boottime", boottime.tv_sec), json_close('}');
  json_close('}');
  putchar('\n');
  return 0;
}

/* Network, from inside the namespace: the rest is wired from outside, by the host lane. */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "stage.h"

/* netdevice(7): SIOCGIFFLAGS, SIOCSIFFLAGS. Read before write, because the call sets all flags at once. A loopback
 * interface that comes up gets 127.0.0.1 by itself. */
int op_link_up(const struct value *a) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  if (strlen(a[0].text) >= sizeof request.ifr_name) return errno = ENAMETOOLONG, -1;
  strcpy(request.ifr_name, a[0].text);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (ioctl(fd, SIOCGIFFLAGS, &request)) return closing(fd, -1);
  request.ifr_flags |= IFF_UP;
  return closing(fd, ioctl(fd, SIOCSIFFLAGS, &request));
}

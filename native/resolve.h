#ifndef RESOLVE_H
#define RESOLVE_H

enum { PROC_PATH_SIZE = 32 };

int open_in_root(const char *path, int flags);              /* an fd, or -1 */
int open_parent(const char *path, const char **name);       /* the parent's fd; name: the last component, in path */
const char *proc_path(char room[PROC_PATH_SIZE], int fd);   /* /proc/self/fd/N: an fd as a path, for calls that want one */

#endif

#ifndef CHILDREN_H
#define CHILDREN_H

void kill_children(void); /* SIGKILL to all of them, and to those that come meanwhile; returns when none is left */

#endif

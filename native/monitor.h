#ifndef MONITOR_H
#define MONITOR_H

int monitor_run(void); /* the exit code of the monitor itself */

#endif

#ifndef REPORT_H
#define REPORT_H
#include <stdint.h>

uint64_t now(void);
void report(uint32_t kind, uint32_t index, int32_t value, uint64_t start);
int report_fd(int role, int fd);

#endif

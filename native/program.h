/* The program as the stage performs it: decoded once, pointers into one buffer, nothing left to allocate. */
#ifndef PROGRAM_H
#define PROGRAM_H
#include <stddef.h>
#include <stdint.h>
#include "ops.h"
#include "protocol.h"

enum { ARGUMENTS_MAX = 5 };

/* One decoded argument; which member holds is said by the op's letter in ops.h. */
struct value {
  union { int64_t number; const char *text; char **vector; const void *bytes; };
  uint32_t length; /* of bytes */
};

struct step {
  uint16_t op, index, tolerated;
  const uint32_t *errnos; /* `tolerated` of them: failing with one of these is a success */
  struct value a[ARGUMENTS_MAX];
};

struct program { struct step *steps; uint32_t count, flags; };

/* An op returns 0, or -1 with errno, like the system calls that it is made of. */
typedef int perform(const struct value *a);
#define OP(name, arguments) perform op_##name;
OPS(OP)
#undef OP

int program_receive(struct program *program); /* 0, or -1: not a program (or the host is gone) */

#endif

/* What travels on the channel, a SOCK_STREAM unix socketpair whose far end the host (TypeScript) holds. Little-endian.
 *
 * host → stage   one program, then one turn (u32) for each yield
 * stage → host   reports, 32 bytes each; a report of kind FD carries one fd by SCM_RIGHTS
 *
 * program = header, records. record = struct record, tolerated errnos (u32 each, the run padded to 8), arguments.
 * argument = u32 type, u32 length, then `length` bytes padded to 8: ARG_INT u64 · ARG_STRING text and NUL ·
 * ARG_VECTOR strings, each with its NUL · ARG_BYTES raw · ARG_NULL nothing. */
#ifndef PROTOCOL_H
#define PROTOCOL_H
#include <stdint.h>

#define PROGRAM_MAGIC 0x3150444du /* "MDP1" */
#define MOUNTS_MAX 64              /* detached mounts that wait for their places */
#define PROGRAM_LIMIT (16u << 20) /* bytes: argv and envp may be large (execve(2): 1/4 of the stack, 6 MiB) */

enum { CHANNEL_FD = 3, TARGET_FD, PRESERVED_FD };        /* the channel, a pidfd if there is one to join, what is to be the program's from 3 on */
enum { FLAG_TRACE = 1 };                                 /* header.flags: a STEP report for each step */
enum { ARG_NULL, ARG_INT, ARG_STRING, ARG_VECTOR, ARG_BYTES };
enum { ROLE_ROOT = 0, ROLE_TARGET = 1, ROLE_TREE = 2, ROLE_CONSOLE = 3, ROLE_CGROUP = 4, ROLE_GATE = 5, ROLE_LISTENER = 6, ROLE_MOUNTS = 7, ROLE_COUNT };  /* fd roles */

struct header { uint32_t magic, length /* of all that follows */, records, flags; };
struct record { uint16_t op, index /* in the plan */, arguments, tolerated; uint32_t length /* with this struct */, pad; };

enum report_kind {
  REPORT_STAGE = 1,   /* value: the stage's pid; the first report */
  REPORT_STEP = 2,    /* index, value: 0 or the tolerated errno; start and end */
  REPORT_YIELD = 3,   /* index: turn */
  REPORT_INIT = 4,    /* value: init's pid, in the stage's pid namespace */
  REPORT_FAIL = 5,    /* index, value: errno; start and end */
  REPORT_EXECING = 6, /* index: execve is about to be called */
  REPORT_RUNNING = 7, /* the last holder of the stage's close-on-exec pipe is gone; with EXECING before it: it runs */
  REPORT_EXIT = 8,    /* value: wait status of init */
  REPORT_FD = 9       /* value: fd role; the fd comes along */
};

/* start and end: CLOCK_MONOTONIC nanoseconds */
struct report { uint32_t kind, index; int32_t value; uint32_t pad; uint64_t start, end; };

#endif

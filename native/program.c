/* Receives the program and decodes it. Everything is checked here, so that performing trusts what it gets. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "program.h"

static const char *const letters[OP_COUNT] = {
#define OP(name, arguments) [OP_##name] = arguments,
  OPS(OP)
#undef OP
};

struct cursor { char *at, *end; char **pointers; };

/* read(2): exactly n bytes and not one more, because the turns follow on the same stream. */
static int read_exactly(void *to, size_t n) {
  for (char *at = to; n > 0;) {
    ssize_t got = read(CHANNEL_FD, at, n);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return -1;
    at += got, n -= (size_t)got;
  }
  return 0;
}

/* The next n bytes, with the padding to 8 behind them; NULL when the buffer ends before. */
static void *take(struct cursor *c, size_t n) {
  size_t padded = (n + 7) & ~(size_t)7;
  if (padded > (size_t)(c->end - c->at)) return NULL;
  void *start = c->at;
  c->at += padded;
  return start;
}

static int decode_vector(struct cursor *c, char *text, size_t length, struct value *v) {
  if (length > 0 && text[length - 1] != '\0') return -1;
  v->vector = c->pointers; /* as many as there are strings, and each string has a NUL: never more than bytes */
  for (char *s = text; s < text + length; s += strlen(s) + 1) *c->pointers++ = s;
  *c->pointers++ = NULL;
  return 0;
}

static int decode_argument(struct cursor *c, int op, char letter, struct value *v) {
  uint32_t *head = take(c, 2 * sizeof(uint32_t));
  if (!head) return -1;
  uint32_t type = head[0], length = head[1];
  char *bytes = take(c, length);
  if (!bytes) return -1;
  v->length = length;
  switch (letter) {
  case 'i':
    if (type != ARG_INT || length != sizeof v->number) return -1;
    memcpy(&v->number, bytes, sizeof v->number);
    return 0;
  case 's':
    v->text = NULL; /* source, fstype and data of mount(2) may be NULL; other ops do not know what to do with it */
    if (type == ARG_NULL) return (op == OP_mount || op == OP_mount_root) && length == 0 ? 0 : -1;
    if (type != ARG_STRING || length == 0 || memchr(bytes, '\0', length) != bytes + length - 1) return -1;
    v->text = bytes;
    return 0;
  case 'v':
    return type == ARG_VECTOR ? decode_vector(c, bytes, length, v) : -1;
  case 'b':
    v->bytes = bytes;
    return type == ARG_BYTES ? 0 : -1;
  }
  return -1;
}

static int decode_record(struct cursor *c, struct step *step) {
  char *start = c->at;
  struct record *r = take(c, sizeof *r);
  if (!r || r->op >= OP_COUNT || r->length % 8 != 0 || r->length > (size_t)(c->end - start)) return -1;
  const char *wanted = letters[r->op];
  if (r->arguments != strlen(wanted)) return -1;
  struct cursor inner = { c->at, start + r->length, c->pointers };
  if (inner.end < inner.at) return -1;
  step->op = r->op, step->index = r->index, step->tolerated = r->tolerated;
  step->errnos = take(&inner, r->tolerated * sizeof(uint32_t));
  if (!step->errnos) return -1;
  for (int k = 0; wanted[k]; k++)
    if (decode_argument(&inner, r->op, wanted[k], &step->a[k])) return -1;
  if (inner.at != inner.end) return -1;
  c->at = inner.end, c->pointers = inner.pointers;
  return 0;
}

/* One mapping holds the steps, the pointer vectors and the text. It is made before the text is read: from the last
 * read on, the stage makes no system call but those of the ops, and a test compares that with strace. The bounds are
 * generous, but a page that is not touched costs nothing. */
int program_receive(struct program *program) {
  struct header h;
  if (read_exactly(&h, sizeof h)) return -1;
  if (h.magic != PROGRAM_MAGIC || h.length > PROGRAM_LIMIT || h.length % 8 != 0) return -1;
  if (h.records == 0 || h.records > h.length / sizeof(struct record)) return -1;
  size_t steps = h.records * sizeof(struct step);
  size_t pointers = (size_t)h.length * sizeof(char *); /* a string: a byte at least; a vector's NULL: its 8-byte head */
  char *memory = mmap(NULL, steps + pointers + h.length, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return -1;
  char *text = memory + steps + pointers;
  if (read_exactly(text, h.length)) return -1;
  struct cursor c = { text, text + h.length, (char **)(void *)(memory + steps) };
  program->steps = (struct step *)(void *)memory, program->count = h.records, program->flags = h.flags;
  for (uint32_t k = 0; k < h.records; k++)
    if (decode_record(&c, &program->steps[k])) return -1;
  return c.at == c.end ? 0 : -1;
}

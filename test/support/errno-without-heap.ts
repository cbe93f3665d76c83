/**
 * A process whose heap cannot grow where it lies: sbrk(2) fails at every turn, and malloc(3) goes on by mmap(2), but leaves ENOMEM
 * in errno. It then makes a call that fails, and prints what that is said to have failed by. Argument: how many KB of the heap to
 * use up before, so that it may be the call itself which needs more.
 */

import { call } from '#core/sys/libc'

const { MAP_PRIVATE, MAP_ANONYMOUS, MAP_FIXED_NOREPLACE } = {
  MAP_PRIVATE: 2,
  MAP_ANONYMOUS: 0x20,
  MAP_FIXED_NOREPLACE: 0x100000,
}
const PAGE = 4096

const top = call('long sbrk(long by)', 0)
const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE
try {
  call(
    'long mmap(long at, long n, int prot, int flags, int fd, long off)',
    Math.ceil(top / PAGE) * PAGE,
    PAGE,
    0,
    flags,
    -1,
    0,
  )
} catch {
  // something lies there already: as good
}
const used = Array.from({ length: Number(process.argv[2]) }, () => Buffer.allocUnsafeSlow(1000))
try {
  call('int rmdir(const char *path)', '/not/there')
} catch (error) {
  console.log((error as NodeJS.ErrnoException).code, used.length)
}

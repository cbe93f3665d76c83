/*
 * Loaded into User Mode Linux before libc (LD_PRELOAD): lets Linux 6.1's run where a processor has more registers than it
 * knows.
 *
 * UML switches its processes by ptrace(2), their extended registers (NT_X86_XSTATE) included, and has room for 2.6 KB of
 * them; AMX alone has 8 KB. Newer kernels take such a set only whole: so what UML gives is completed here with what the
 * process has at that moment, which is what UML would have left alone.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* <sys/ptrace.h> declares the function that is replaced, so its numbers are given here */
enum { PEEKTEXT = 1, PEEKUSER = 3, GETREGSET = 0x4204, SETREGSET = 0x4205, XSTATE = 0x202 };

static char whole[65536] __attribute__((aligned(64)));

static int set_xstate(long pid, const struct iovec *given)
{
    struct iovec all = { whole, sizeof whole };
    if (syscall(SYS_ptrace, GETREGSET, pid, XSTATE, &all) != 0 || all.iov_len <= given->iov_len)
        return syscall(SYS_ptrace, SETREGSET, pid, XSTATE, given);
    memcpy(whole, given->iov_base, given->iov_len);
    return syscall(SYS_ptrace, SETREGSET, pid, XSTATE, &all);
}

long ptrace(long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    long pid = va_arg(arguments, long), address = va_arg(arguments, long), data = va_arg(arguments, long);
    va_end(arguments);
    if (request == SETREGSET && address == XSTATE)
        return set_xstate(pid, (const struct iovec *)data);
    if (request < PEEKTEXT || request > PEEKUSER)
        return syscall(SYS_ptrace, request, pid, address, data);
    /* the system call stores the word that libc's function returns */
    long word = 0, result = syscall(SYS_ptrace, request, pid, address, &word);
    if (result < 0)
        return result;
    errno = 0;
    return word;
}

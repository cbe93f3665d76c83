/**
 * ptrace(2) and what goes with it, one call each. A tracer is a thread, not a process: all of this is called from the same
 * one, Node's main thread, synchronously.
 */

import { errnos, ptraceOptions, ptraceRequests, WALL, WNOHANG } from '#core/sys/constants'
import { addressOf, call, callAsync, Errno } from '#core/sys/libc'

const { PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_SYSCALL, PTRACE_LISTEN, PTRACE_GETEVENTMSG, PTRACE_GET_SYSCALL_INFO } =
  ptraceRequests

const withNumbers = 'long ptrace(int request, int pid, size_t address, size_t data)'
const withBuffer = 'long ptrace(int request, int pid, size_t address, void *data)'

/** Follows the process and all that it will start, from its next stop, which comes now; they end when this process does. */
export function seize(pid: number): void {
  const all = Object.values(ptraceOptions).reduce((sum, one) => sum | one, 0)
  call(withNumbers, PTRACE_SEIZE, pid, 0, all)
  call(withNumbers, PTRACE_INTERRUPT, pid, 0, 0)
}

/** Lets it run to the beginning or end of its next system call. One that was killed meanwhile is as good as let go. */
export function goOn(pid: number, signal: number): void {
  whileAlive(() => call(withNumbers, PTRACE_SYSCALL, pid, 0, signal))
}

/** It was stopped like any process can be (SIGSTOP, SIGTSTP): it stays so until SIGCONT. */
export function stayStopped(pid: number): void {
  whileAlive(() => call(withNumbers, PTRACE_LISTEN, pid, 0, 0))
}

/** After PTRACE_EVENT_EXEC: the thread that called execve, which goes by its process's number now. */
export function formerThread(pid: number): number {
  const message = new BigUint64Array(1)
  whileAlive(() => call(withBuffer, PTRACE_GETEVENTMSG, pid, 0, message))
  return Number(message[0])
}

export type SyscallStop =
  | { readonly at: 'entry'; readonly architecture: number; readonly number: number; readonly arguments: BigUint64Array }
  | { readonly at: 'exit'; readonly result: bigint }

/** struct ptrace_syscall_info, include/uapi/linux/ptrace.h; null when the process has gone, or is at no system call. */
export function syscallStop(pid: number): SyscallStop | null {
  const info = new BigUint64Array(11)
  if (!whileAlive(() => call(withBuffer, PTRACE_GET_SYSCALL_INFO, pid, info.byteLength, info))) return null
  const view = new DataView(info.buffer)
  const kind = view.getUint8(0)
  if (kind === 2) return { at: 'exit', result: view.getBigInt64(24, true) }
  if (kind !== 1) return null
  return {
    at: 'entry',
    architecture: view.getUint32(4, true),
    number: Number(info[3]),
    arguments: info.subarray(4, 10),
  }
}

/** @returns false for ESRCH: SIGKILL may end it between any two calls */
function whileAlive(act: () => unknown): boolean {
  try {
    act()
    return true
  } catch (error) {
    if (error instanceof Errno && error.errno === errnos.ESRCH) return false
    throw error
  }
}

export interface Change {
  readonly pid: number
  /** As waitpid(2) has it. */
  readonly status: number
}

const waitpid = 'int waitpid(int pid, void *status, int options)'

/** The next of our tracees that stopped or ended; 'none' are left, 'later': all are running. */
export function nextChange(): Change | 'none' | 'later' {
  const status = new Int32Array(1)
  try {
    const pid = call(waitpid, -1, status, WALL | WNOHANG)
    return pid === 0 ? 'later' : { pid, status: status[0]! }
  } catch (error) {
    if (error instanceof Errno && error.errno === errnos.ECHILD) return 'none'
    throw error
  }
}

/** Waits without holding up this thread; null when it could not be told what happened: ask again. */
export async function awaitChange(): Promise<Change | null> {
  const status = new Int32Array(1)
  const pid = await callAsync(waitpid, -1, status, WALL)
  return pid <= 0 ? null : { pid, status: status[0]! }
}

/**
 * process_vm_readv(2), in two pieces cut at the page's end: the second may not be there, and the first counts then, too.
 * @returns what could be read, up to `length` bytes (a page at most)
 */
export function readMemory(pid: number, address: bigint, length: number): Buffer {
  const page = 4096n
  const first = Number(page - (address % page))
  const pieces =
    first >= length
      ? [[address, length]]
      : [
          [address, first],
          [address + BigInt(first), length - first],
        ]
  const bytes = Buffer.alloc(length)
  const here = new BigUint64Array([addressOf(bytes), BigInt(length)])
  const there = new BigUint64Array(pieces.flat().map(BigInt))
  try {
    const read = call(
      'long process_vm_readv(int pid, void *here, unsigned long hereCount, void *there, unsigned long thereCount, unsigned long flags)',
      pid,
      here,
      1,
      there,
      pieces.length,
      0,
    )
    return bytes.subarray(0, read)
  } catch (error) {
    if (error instanceof Errno) return bytes.subarray(0, 0) // a bad address: the call will fail, too
    throw error
  }
}

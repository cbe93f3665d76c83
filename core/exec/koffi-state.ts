/**
 * What the throwaway processes have in common: the places of their fds, reports, and the state that ops share. The C
 * stage's stage.h, report.c and the head of protocol.h.
 */

import { FD_CLOEXEC, fcntlCommands, pollEvents } from '#core/sys/constants'
import { call } from '#core/sys/libc'
import { send } from '#core/sys/socket'
import { encodeReport, type ReportKind } from './report.js'

/** Where each process finds its fds. The program is for init only: the stage receives it. */
export const placeOf = { channel: 3, status: 4, gate: 5, program: 6, firstRole: 7 } as const

/** In init a copy of the stage's: handed over by fork. */
export const stage = {
  /** Of the roles root, target, tree; -1: not open, which the kernel answers with EBADF. */
  fds: [-1, -1, -1],
  /** The whole program, and the place in it of the record that is being performed. */
  program: Buffer.alloc(0) as Buffer,
  position: 0,
  trace: false,
  /** The index in the plan of that record, and when it began. */
  index: 0,
  start: 0n,
  /** What lookup chose. */
  executable: undefined as string | undefined,
}

export const fdOf = (role: number): number => stage.fds[role] ?? -1

/** CLOCK_MONOTONIC, nanoseconds: hrtime is that clock. */
export const now = (): bigint => process.hrtime.bigint()

/** A report that cannot be sent is dropped: then the host is dead, and the monitor learns it by POLLHUP. */
export function report(kind: ReportKind, index: number, value: number, start: bigint): void {
  try {
    send(placeOf.channel, encodeReport({ kind, index, value, start, end: now() }))
  } catch {
    // EPIPE
  }
}

/** Here an error counts: a container whose terminal nobody holds must not start. @throws Errno */
export function reportFd(role: number, fd: number): void {
  send(placeOf.channel, encodeReport({ kind: 'fd', index: 0, value: role, start: now(), end: now() }), fd)
}

const { POLLERR, POLLHUP } = pollEvents
const POLLFD_LENGTH = 8

/**
 * poll(2). Errors and hang-ups are reported unasked; a negative fd is passed over.
 * @param timeout milliseconds, -1 for ever
 * @returns what happened to each, in order
 */
export function poll(wanted: readonly { readonly fd: number; readonly events: number }[], timeout = -1): number[] {
  const fds = Buffer.alloc(wanted.length * POLLFD_LENGTH)
  wanted.forEach(({ fd, events }, i) => {
    fds.writeInt32LE(fd, i * POLLFD_LENGTH)
    fds.writeInt16LE(events, i * POLLFD_LENGTH + 4)
  })
  call('int poll(void *fds, unsigned long count, int timeout)', fds, wanted.length, timeout)
  return wanted.map((_, i) => fds.readInt16LE(i * POLLFD_LENGTH + 6))
}

/** The monitor alone reads the status pipe: an error on its write end says that the monitor is no more. */
export function monitorIsGone(): boolean {
  const [happened = 0] = poll([{ fd: placeOf.status, events: 0 }], 0)
  return (happened & (POLLERR | POLLHUP)) !== 0
}

/** prctl(2) */
export const prctl = (option: number, value: number): number =>
  call(
    'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
    option,
    value,
    0,
    0,
    0,
  )

/** fcntl(2) */
export const fcntl = (fd: number, command: number, value: number): number =>
  call('int fcntl(int fd, int command, ...)', fd, command, 'int', value)

/** Marks what was handed to this process, or the container's program would inherit it. */
export const closeOnExec = (fd: number): number => fcntl(fd, fcntlCommands.F_SETFD, FD_CLOEXEC)

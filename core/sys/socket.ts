/** Unix sockets that carry fds: socketpair(2), sendmsg(2), recvmsg(2) with SCM_RIGHTS (unix(7)), which Node does not have. */

import { errnos, pollEvents, sockets } from './constants.js'
import { call, callAsync, type Errno, struct } from './libc.js'

const { AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC, SOL_SOCKET, SCM_RIGHTS } = sockets
const { MSG_CMSG_CLOEXEC, MSG_DONTWAIT, MSG_NOSIGNAL } = sockets

/** socketpair(2): two connected ends, close-on-exec. */
export function socketpair(): [number, number] {
  const ends = new Int32Array(2)
  call('int socketpair(int domain, int type, int protocol, void *ends)', AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)
  return [ends[0]!, ends[1]!]
}

/** struct msghdr with one buffer; `control` is room for one fd (cmsg(3): a 16-byte header, the fd, padding). */
function message(data: Uint8Array, control: Buffer | null): object {
  return {
    name: null,
    namelen: 0,
    iov: [{ base: data, len: data.length }],
    iovlen: 1,
    control,
    controllen: control === null ? 0 : control.length,
    flags: 0,
  }
}

let messageTypes = false
function declareMessage(): void {
  if (messageTypes) return
  struct('iovec', { base: 'void *', len: 'size_t' })
  struct('msghdr', {
    name: 'void *',
    namelen: 'uint32',
    iov: 'iovec *',
    iovlen: 'size_t',
    control: 'void *',
    controllen: 'size_t',
    flags: 'int',
  })
  messageTypes = true
}

const CONTROL_LENGTH = 24
const RIGHTS_LENGTH = 20n
const controlHeader = (length: bigint): Buffer => {
  const control = Buffer.alloc(CONTROL_LENGTH)
  control.writeBigUInt64LE(length, 0)
  control.writeInt32LE(SOL_SOCKET, 8)
  control.writeInt32LE(SCM_RIGHTS, 12)
  return control
}

/** Sends all of `data`, and `fd` along with its first byte. @throws Errno EPIPE when the other end is gone */
export function send(socket: number, data: Uint8Array, fd?: number): void {
  declareMessage()
  let rest = data
  let control: Buffer | null = null
  if (fd !== undefined) {
    control = controlHeader(RIGHTS_LENGTH)
    control.writeInt32LE(fd, 16)
  }
  while (rest.length > 0) {
    const sent = call('long sendmsg(int fd, const msghdr *m, int flags)', socket, message(rest, control), MSG_NOSIGNAL)
    rest = rest.subarray(sent)
    control = null
  }
}

export interface Received {
  /** Bytes read into the buffer; 0 when the other end is gone. */
  readonly length: number
  readonly fd: number | null
}

const recvmsg = 'long recvmsg(int fd, msghdr *m, int flags)'
const received = (length: number, control: Buffer): Received => {
  const isRights = control.readInt32LE(8) === SOL_SOCKET && control.readInt32LE(12) === SCM_RIGHTS
  const carriesFd = length > 0 && isRights && control.readBigUInt64LE(0) === RIGHTS_LENGTH
  return { length, fd: carriesFd ? control.readInt32LE(16) : null }
}

/** Waits for what the other end sends, on a thread of the pool. @throws Errno */
export async function receive(socket: number, into: Uint8Array): Promise<Received> {
  declareMessage()
  for (;;) {
    const control = Buffer.alloc(CONTROL_LENGTH)
    const length = await callAsync(recvmsg, socket, message(into, control), MSG_CMSG_CLOEXEC)
    if (length >= 0) return received(length, control)
    // what was wrong is known on this thread alone: ask again here, and wait on where nothing is
    const now = receiveNow(socket, into, MSG_DONTWAIT)
    if (now !== null) return now
    await callAsync('int poll(void *fds, unsigned long count, int timeout)', pollForInput(socket), 1, -1)
  }
}

/** struct pollfd: the fd, what is asked for, what happened. */
function pollForInput(fd: number): Buffer {
  const entry = Buffer.alloc(8)
  entry.writeInt32LE(fd, 0)
  entry.writeInt16LE(pollEvents.POLLIN, 4)
  return entry
}

/** The same on this thread, which stands still: for the stage, which may have no other. @throws Errno */
export function receiveSync(socket: number, into: Uint8Array): Received {
  declareMessage()
  for (;;) {
    const now = receiveNow(socket, into, 0)
    if (now !== null) return now
  }
}

/** @returns null when it has to be asked again: interrupted, or (MSG_DONTWAIT) nothing is there */
function receiveNow(socket: number, into: Uint8Array, flags: number): Received | null {
  const control = Buffer.alloc(CONTROL_LENGTH)
  try {
    return received(call(recvmsg, socket, message(into, control), MSG_CMSG_CLOEXEC | flags), control)
  } catch (error) {
    const { errno } = error as Errno
    if (errno === errnos.EINTR || errno === errnos.EAGAIN) return null
    // the other end closed without having read all (unix(7)): an end like any other
    if (errno === errnos.ECONNRESET) return { length: 0, fd: null }
    throw error
  }
}

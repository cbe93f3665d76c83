/** Unix sockets that carry fds: socketpair(2), sendmsg(2), recvmsg(2) with SCM_RIGHTS (unix(7)), which Node does not have. */

import * as fs from 'node:fs'
import { errnos, pollEvents, sockets } from './constants.js'
import { call, callAsync, Errno, struct } from './libc.js'

const { AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC, SOL_SOCKET, SCM_RIGHTS } = sockets
const { MSG_CMSG_CLOEXEC, MSG_DONTWAIT, MSG_NOSIGNAL } = sockets

/** socketpair(2): two connected ends, close-on-exec. SOCK_SEQPACKET: what is sent at once is received at once. */
export function socketpair(type: 'SOCK_STREAM' | 'SOCK_SEQPACKET' = 'SOCK_STREAM'): [number, number] {
  const ends = new Int32Array(2)
  const flags = sockets[type] | SOCK_CLOEXEC
  call('int socketpair(int domain, int type, int protocol, void *ends)', AF_UNIX, flags, 0, ends)
  return [ends[0]!, ends[1]!]
}

/** unix(7): a stream to whoever listens at that path. @throws Errno ENOENT, ECONNREFUSED, ENAMETOOLONG */
export function connectTo(path: string): number {
  const name = Buffer.from(path)
  if (name.length >= PATH_ROOM) throw new Errno('connect', errnos.ENAMETOOLONG)
  const address = Buffer.alloc(2 + PATH_ROOM) // struct sockaddr_un: the family, a path with its NUL
  address.writeUInt16LE(AF_UNIX)
  name.copy(address, 2)
  const socket = call('int socket(int domain, int type, int protocol)', AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)
  try {
    call('int connect(int fd, const void *address, uint32 length)', socket, address, address.length)
    return socket
  } catch (error) {
    fs.closeSync(socket)
    throw error
  }
}

const PATH_ROOM = 108

/** struct msghdr with one buffer; `control` is room for one fd (cmsg(3): a 16-byte header, the fd, padding). */
function message(data: Uint8Array, control: Int32Array | null): object {
  return {
    name: null,
    namelen: 0,
    iov: [{ base: data, len: data.length }],
    iovlen: 1,
    control,
    controllen: control === null ? 0 : control.byteLength,
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

/** struct cmsghdr as words: length (two of them), level, type; then the fd, and what pads to 8 bytes. */
const CONTROL_WORDS = 6
const RIGHTS_LENGTH = 20

/** Sends all of `data`, and `fd` along with its first byte. @throws Errno EPIPE when the other end is gone */
export function send(socket: number, data: Uint8Array, fd?: number): void {
  declareMessage()
  let rest = data
  let control = fd === undefined ? null : new Int32Array([RIGHTS_LENGTH, 0, SOL_SOCKET, SCM_RIGHTS, fd, 0])
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

const poll = 'int poll(void *fds, unsigned long count, int timeout)'
const recvmsg = 'long recvmsg(int fd, msghdr *m, int flags)'
const received = (length: number, [size, , level, type, fd]: Int32Array): Received => {
  const carriesFd = length > 0 && size === RIGHTS_LENGTH && level === SOL_SOCKET && type === SCM_RIGHTS
  return { length, fd: carriesFd ? fd! : null }
}

/**
 * Waits for what the other end sends, on a thread of the pool. @throws Errno
 * @param moment milliseconds that this thread waits itself before: threads are made when the first of them is needed
 */
export async function receive(socket: number, into: Uint8Array, moment = 0): Promise<Received> {
  declareMessage()
  if (moment > 0 && comesWithin(moment, socket)) {
    const now = receiveNow(socket, into, MSG_DONTWAIT)
    if (now !== null) return now
  }
  for (;;) {
    const control = new Int32Array(CONTROL_WORDS)
    const length = await callAsync(recvmsg, socket, message(into, control), MSG_CMSG_CLOEXEC)
    if (length >= 0) return received(length, control)
    // what was wrong is known on this thread alone: ask again here, and wait on where nothing is
    const now = receiveNow(socket, into, MSG_DONTWAIT)
    if (now !== null) return now
    await callAsync(poll, pollForInput(socket), 1, -1)
  }
}

/** poll(2). A signal ends the wait at once, so that whoever has a handler for it is not held up. */
function comesWithin(milliseconds: number, socket: number): boolean {
  try {
    return call(poll, pollForInput(socket), 1, milliseconds) > 0
  } catch (error) {
    if ((error as Errno).errno === errnos.EINTR) return false
    throw error
  }
}

/** struct pollfd: the fd, what is asked for, what happened. */
const pollForInput = (fd: number): Int32Array => new Int32Array([fd, pollEvents.POLLIN])

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
  const control = new Int32Array(CONTROL_WORDS)
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

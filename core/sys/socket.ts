/** Unix sockets that carry fds: socketpair(2), sendmsg(2), recvmsg(2) with SCM_RIGHTS (unix(7)), which Node does not have. */

import { call, callAsync, struct } from './libc.js'

const AF_UNIX = 1
const SOCK_STREAM = 1
const SOCK_CLOEXEC = 0o2000000
const MSG_CMSG_CLOEXEC = 0x40000000
const MSG_NOSIGNAL = 0x4000
const SOL_SOCKET = 1
const SCM_RIGHTS = 1

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
    control = controlHeader(20n)
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
  const carriesFd = length > 0 && control.readInt32LE(12) === SCM_RIGHTS && control.readBigUInt64LE(0) === 20n
  return { length: Math.max(length, 0), fd: carriesFd ? control.readInt32LE(16) : null }
}

/** Waits for what the other end sends, on a thread of the pool. A closed connection counts as its end. */
export async function receive(socket: number, into: Uint8Array): Promise<Received> {
  declareMessage()
  const control = Buffer.alloc(CONTROL_LENGTH)
  return received(await callAsync(recvmsg, socket, message(into, control), MSG_CMSG_CLOEXEC), control)
}

/** The same on this thread, which stands still: for the stage, which may have no other. @throws Errno */
export function receiveSync(socket: number, into: Uint8Array): Received {
  declareMessage()
  const control = Buffer.alloc(CONTROL_LENGTH)
  return received(call(recvmsg, socket, message(into, control), MSG_CMSG_CLOEXEC), control)
}

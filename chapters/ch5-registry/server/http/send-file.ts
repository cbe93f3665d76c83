/**
 * A body that lies in a file goes from the page cache to the socket inside the kernel: never through this process, which needs
 * neither memory nor time for it. Source: sendfile(2).
 *
 * Node does not say when a socket has room again, and so each turn begins with a small piece that Node writes: once that is
 * handed over there is room, and the kernel fills it. It also counts as a sign of life, for the timeouts of a connection.
 */

import * as fs from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { callAsync } from '#core/sys/libc'
import { duplicate } from '#core/sys/spawn'
import type { FileSpan } from '../storage/storage.js'
import { written } from './written.js'

/** Written by Node, at each turn. */
const PIECE = 32 << 10
/** A thread of the pool is not one client's for longer than this takes. */
const MOST = 4 << 20
/** Not worth a turn. */
const LEAST = 256 << 10

/** Past Node's own count. */
const bytesByKernel = new WeakMap<Socket, number>()

/** Bytes that a connection has taken, whoever wrote them. */
export const bytesOut = (socket: Socket): number => socket.bytesWritten + (bytesByKernel.get(socket) ?? 0)

/** null where only this process can: what is encrypted, what waits for an answer before it, another kernel. */
export function plainSocket(response: ServerResponse, length: number): number | null {
  const { socket } = response as { socket: (Socket & { encrypted?: true; _handle?: { fd?: number } }) | null }
  if (process.platform !== 'linux' || length < LEAST || socket === null || socket.encrypted) return null
  const fd = socket._handle?.fd
  return fd !== undefined && fd >= 0 ? fd : null
}

/**
 * A body whose headers are written. The file is closed at the end.
 * @param fd of the connection
 * @throws Cut when the client has gone; Error when there are not as many bytes as were promised
 */
export async function sendFile(response: ServerResponse, file: FileSpan, fd: number): Promise<void> {
  try {
    // Ours alone: when the client goes Node closes the other, and the number may be the next client's before we know
    const out = duplicate(fd, 0)
    try {
      await inTurns(response, file, out)
    } finally {
      fs.closeSync(out)
    }
  } finally {
    await file.handle.close()
  }
  response.end()
}

async function inTurns(response: ServerResponse, { handle, first, last }: FileSpan, out: number): Promise<void> {
  const socket = response.socket!
  const piece = Buffer.allocUnsafe(PIECE)
  response.flushHeaders()
  for (let at = first; at <= last; ) {
    const { bytesRead } = await handle.read(piece, 0, Math.min(PIECE, last + 1 - at), at)
    if (bytesRead === 0) throw new Error(`${at - first} bytes are there of ${last - first + 1}`)
    await written(response, socket, piece.subarray(0, bytesRead))
    at += bytesRead
    const sent = await asMuchAsFits(out, handle, at, Math.min(MOST, last + 1 - at))
    at += sent
    bytesByKernel.set(socket, (bytesByKernel.get(socket) ?? 0) + sent)
  }
}

/** Sockets of Node do not block: what does not fit stays. What else may be wrong, whoever writes the next piece is told. */
async function asMuchAsFits(out: number, { fd }: FileHandle, at: number, most: number): Promise<number> {
  if (most === 0) return 0
  const offset = Buffer.alloc(8)
  offset.writeBigInt64LE(BigInt(at))
  return Math.max(
    0,
    await callAsync('long sendfile(int out, int in, void *offset, size_t count)', out, fd, offset, most),
  )
}

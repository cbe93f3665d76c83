/**
 * The channel: one unix socket through which the program and the turns go in and reports and fds come out. The driver is
 * given one and does not care who is at the other end: the monitor, a Node process, a test.
 */

import * as fs from 'node:fs'
import { receive, send, socketpair } from '#core/sys/socket'
import { decodeReport, REPORT_LENGTH, type Report } from './report.js'

export interface Channel {
  /** @throws Errno EPIPE when the other end is gone */
  send(bytes: Uint8Array, fd?: number): void
  /** The next report, with the fd that came along; null when the other end is gone. */
  next(): Promise<{ readonly report: Report; readonly fd: number | null } | null>
  close(): void
}

/** What a stage has to say it says within a millisecond, until the program runs. */
const MOMENT_MS = 10

/**
 * A channel and the fd of its other end, to be given to a child and then closed here.
 * @param alone see Stdio
 */
export function openChannel(alone = false): { readonly channel: Channel; readonly farEnd: number } {
  const [near, farEnd] = socketpair()
  return { channel: socketChannel(near, alone ? MOMENT_MS : 0), farEnd }
}

function socketChannel(socket: number, moment: number): Channel {
  const buffer = new Uint8Array(64 * REPORT_LENGTH)
  let filled = 0
  let taken = 0
  const fds: number[] = []
  return {
    send: (bytes, fd) => send(socket, bytes, fd),
    async next() {
      while (filled - taken < REPORT_LENGTH) {
        buffer.copyWithin(0, taken, filled)
        filled -= taken
        taken = 0
        const received = await receive(socket, buffer.subarray(filled), moment)
        if (received.fd !== null) fds.push(received.fd)
        if (received.length === 0) return null
        filled += received.length
      }
      const report = decodeReport(buffer.subarray(taken, taken + REPORT_LENGTH))
      taken += REPORT_LENGTH
      return { report, fd: report.kind === 'fd' ? (fds.shift() ?? null) : null }
    },
    close: () => fs.closeSync(socket),
  }
}

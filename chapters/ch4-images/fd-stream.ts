/** A fd as a stream of bytes, whichever kind of file it is: a worker's 1, our own stdin. */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'

const CHUNK = 1 << 20
const MOMENT_MS = 2

/** A pipe that another program shares may have been made non-blocking: then wait, a moment at a time. */
function patiently(action: () => number): number {
  for (;;) {
    try {
      return action()
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MOMENT_MS)
    }
  }
}

export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += patiently(() => fs.writeSync(fd, bytes, at))
}

export function readAll(fd: number, take: (chunk: Buffer) => void): void {
  const buffer = Buffer.allocUnsafeSlow(CHUNK)
  for (;;) {
    const length = patiently(() => fs.readSync(fd, buffer, 0, buffer.length, null))
    if (length === 0) return
    take(buffer.subarray(0, length))
  }
}

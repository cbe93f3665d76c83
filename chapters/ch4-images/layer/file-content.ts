/** The content of a file that is being made: what is written, and holes where nothing is but zeros. */

import { Buffer } from 'node:buffer'
import * as fs from 'node:fs'

const zeros = Buffer.alloc(64 * 1024)
/** No file system of ours has smaller blocks, and so no smaller holes. */
const HOLE_MIN = 4096

export class FileContent {
  readonly fd: number
  #position = 0
  #written = 0

  constructor(fd: number) {
    this.fd = fd
  }

  write(chunk: Buffer): void {
    if (isZero(chunk)) {
      this.skip(chunk.length)
      return
    }
    for (let at = 0; at < chunk.length; ) {
      const length = fs.writeSync(this.fd, chunk, at, chunk.length - at, this.#position)
      at += length
      this.#position += length
    }
    this.#written = this.#position
  }

  skip(length: number): void {
    this.#position += length
  }

  /** A hole at the end is there by the file's length alone. */
  end(): void {
    if (this.#position > this.#written) fs.ftruncateSync(this.fd, this.#position)
  }

  close(): void {
    fs.closeSync(this.fd)
  }
}

/** Cheap for what is not: its first and last byte are seldom both zero. */
function isZero(chunk: Buffer): boolean {
  if (chunk.length < HOLE_MIN || chunk[0] !== 0 || chunk[chunk.length - 1] !== 0) return false
  for (let at = 0; at < chunk.length; at += zeros.length) {
    const length = Math.min(zeros.length, chunk.length - at)
    if (chunk.compare(zeros, 0, length, at, at + length) !== 0) return false
  }
  return true
}

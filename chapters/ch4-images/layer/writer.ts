/**
 * Writes a tar archive. The same entries give the same bytes, always: no names of users, no times of access, no choice
 * of format but by what does not fit. ustar where that holds it, PAX records beside it where not.
 *
 * Holes of sparse files are written as zeros, as Docker does: where a file has holes depends on the file system it was
 * copied to, and the digest must not.
 *
 * Source: pax(1), "ustar Interchange Format", "pax Extended Header"; image-spec, layer.md, "Determinism".
 */

import { Buffer } from 'node:buffer'
import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { Entry } from './entry.js'
import { formatHeaders } from './format.js'
import { BLOCK } from './header.js'
import { quoted } from './name.js'

const CHUNK = 1 << 20

export class LayerWriter {
  readonly #write: (chunk: Buffer) => void
  #buffer: Buffer = Buffer.allocUnsafeSlow(CHUNK)
  #filled = 0
  #spare: Buffer | undefined

  /** @param write is given the chunks, 1 MiB each but for the last: they are its own to keep, or to give back */
  constructor(write: (chunk: Buffer) => void) {
    this.#write = write
  }

  /**
   * An entry, and for a file its content: bytes, or an fd that is read from its position on.
   * @throws FailedPrecondition when there are more or fewer bytes than the entry says
   */
  add(entry: Entry, content?: number | Uint8Array): void {
    for (const _ of this.steps(entry, content)) {
      // whoever does not want to wait in between has nothing to do here
    }
  }

  /** The same with a pause after each chunk that was written, so that the chunks of a big file can be waited for. */
  *steps(entry: Entry, content: number | Uint8Array = Buffer.alloc(0)): Generator<void> {
    this.#put(formatHeaders(entry))
    const size = entry.type === 'file' ? entry.size : 0
    if (typeof content === 'number') yield* this.#copy(entry, content)
    else if (content.length !== size) changed(entry, content.length)
    else this.#put(content)
    const padding = (BLOCK - (size % BLOCK)) % BLOCK
    if (padding > 0) this.#put(zeros.subarray(0, padding))
  }

  /** The end marker, two blocks of zeros, and what is still held. */
  end(): void {
    this.#put(zeros)
    this.#put(zeros)
    this.#write(this.#buffer.subarray(0, this.#filled))
  }

  /** Gives a chunk back that nobody needs any more: it is filled again instead of a new one. */
  reuse(chunk: Buffer): void {
    if (chunk.length === CHUNK) this.#spare = chunk
  }

  *#copy(entry: Entry, fd: number): Generator<void> {
    let left = entry.size
    let atEnd = false
    while (left > 0) {
      // one byte more than there should be, where there is room: so most files need no second look for whether they grew
      const asked = Math.min(left + 1, CHUNK - this.#filled)
      const length = fs.readSync(fd, this.#buffer, this.#filled, asked, null)
      if (length === 0 || length > left) changed(entry, entry.size - left + length)
      left -= length
      atEnd = length < asked
      this.#advance(length)
      if (this.#filled === 0) yield
    }
    // a file that grew would be cut off in the middle of a change
    if (!atEnd && fs.readSync(fd, one, 0, 1, null) > 0) changed(entry, entry.size + 1)
  }

  #put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const length = Math.min(bytes.length - at, CHUNK - this.#filled)
      this.#buffer.set(length === bytes.length ? bytes : bytes.subarray(at, at + length), this.#filled)
      at += length
      this.#advance(length)
    }
  }

  #advance(length: number): void {
    this.#filled += length
    if (this.#filled < CHUNK) return
    this.#filled = 0
    const full = this.#buffer
    this.#buffer = this.#spare ?? Buffer.allocUnsafeSlow(CHUNK)
    this.#spare = undefined
    this.#write(full)
  }
}

const zeros = Buffer.alloc(BLOCK)
const one = Buffer.alloc(1)

const changed = ({ path, size }: Entry, found: number): never =>
  fail('FailedPrecondition', {
    what: `file ${quoted(path)}`,
    why: `it changed while it was packed: ${found < size ? `${found}` : `more than ${size}`} bytes where ${size} were announced`,
    hint: 'pack it again when nothing writes to it',
  })

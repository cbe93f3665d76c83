/**
 * Memory for what passes through a stream, used in turns. A new buffer for each piece would do, but who collects them comes
 * when he likes: up to 100 MB later.
 */
export class Room {
  readonly #bytes: Buffer
  #at = 0

  /** @param size in bytes, more than the stream ever holds and the piece after it */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size)
  }

  /** The next piece, and nobody's any more what was there a turn ago. */
  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) this.#at = 0
    const piece = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return piece
  }
}

/** The digest and length of bytes that pass by. Source: image-spec, descriptor.md, "Digests". */

import { createHash } from 'node:crypto'

export class DigestStream {
  readonly #hash = createHash('sha256')
  #size = 0

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk)
    this.#size += chunk.length
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size
  }

  /** `sha256:` and 64 hexadecimal digits; nothing can be added then. */
  end(): string {
    return `sha256:${this.#hash.digest('hex')}`
  }
}

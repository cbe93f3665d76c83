/** An ingest: bytes on their way into the store, in a file that nobody else looks at. */

import { createHash, type Hash } from 'node:crypto'
import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import { lockExclusiveNow } from '#core/sys/libc'

export interface Expected {
  readonly digest?: Digest
  readonly size?: number
}

export class Ingest {
  readonly ref: string
  /** Where another process of ours may write, instead of `write`: it says the digest in the end. */
  readonly path: string
  readonly #directory: string
  readonly #fd: number
  readonly #commit: (data: string, digest: Digest) => void
  #hash: Hash = createHash('sha256')
  #size = 0
  #open = true

  /** @throws MiniDockerError Unavailable when somebody has it open */
  constructor(directory: string, ref: string, commit: (data: string, digest: Digest) => void) {
    this.ref = ref
    this.#directory = directory
    this.#commit = commit
    this.path = `${directory}/data`
    fs.mkdirSync(directory, { recursive: true, mode: 0o755 })
    this.#fd = fs.openSync(this.path, 'a+', 0o644)
    if (!lockExclusiveNow(this.#fd)) {
      fs.closeSync(this.#fd)
      fail('Unavailable', { what: `ingest '${ref}'`, why: 'somebody else writes it', hint: 'wait until it is done' })
    }
    this.#readBack()
  }

  /** Bytes that are there: who resumes goes on from here. */
  get size(): number {
    return this.#size
  }

  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) at += fs.writeSync(this.#fd, chunk, at)
    this.#hash.update(chunk)
    this.#size += chunk.length
  }

  /** Begins anew: what is there was no beginning of what is wanted. */
  truncate(): void {
    fs.ftruncateSync(this.#fd, 0)
    this.#hash = createHash('sha256')
    this.#size = 0
  }

  /**
   * Verifies and makes it visible, in one rename.
   * @param written by another process of ours into `path`, which hashed it on the way
   * @throws MiniDockerError FailedPrecondition when it is not what was expected: the ingest is gone then
   */
  commit(expected: Expected, written?: { readonly digest: Digest; readonly size: number }): Digest {
    const { digest, size } = written ?? { digest: `sha256:${this.#hash.digest('hex')}`, size: this.#size }
    const there = fs.fstatSync(this.#fd).size
    const wrong =
      there !== size || (expected.size !== undefined && expected.size !== size)
        ? `has ${there} bytes, not ${expected.size ?? size}`
        : expected.digest !== undefined && expected.digest !== digest
          ? `its bytes have the digest ${digest}`
          : undefined
    if (wrong !== undefined) {
      this.abort()
      fail('FailedPrecondition', {
        what: `blob '${expected.digest ?? digest}'`,
        why: wrong,
        hint: 'it was cut off or changed on its way here',
      })
    }
    fs.fsyncSync(this.#fd)
    this.#commit(this.path, digest)
    this.abort()
    return digest
  }

  /** Leaves what is there for who comes with the same ref. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    fs.closeSync(this.#fd)
  }

  /** Idempotent. */
  abort(): void {
    this.close()
    fs.rmSync(this.#directory, { recursive: true, force: true })
  }

  #readBack(): void {
    const buffer = Buffer.allocUnsafe(1 << 20)
    for (;;) {
      const read = fs.readSync(this.#fd, buffer, 0, buffer.length, this.#size)
      if (read === 0) return
      this.#hash.update(buffer.subarray(0, read))
      this.#size += read
    }
  }
}

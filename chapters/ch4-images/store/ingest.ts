/**
 * An ingest: bytes on their way into the store, in a file that nobody else looks at. It is whose lock is on the file (flock(2)),
 * or, once it is sealed and the file closed, whose lease its ref begins with.
 */

import { createHash, type Hash } from 'node:crypto'
import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import { lockExclusiveNow } from '#core/sys/libc'
import { onDisk } from './store-error.js'

export interface Expected {
  readonly digest?: Digest
  readonly size?: number
}

export interface Written {
  readonly digest: Digest
  readonly size: number
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
  #sealed: Written | undefined

  /** Under the lock of the store. @throws MiniDockerError Unavailable when somebody has it open */
  constructor(directory: string, ref: string, commit: (data: string, digest: Digest) => void) {
    this.ref = ref
    this.#directory = directory
    this.#commit = commit
    this.path = `${directory}/data`
    this.#fd = onDisk(directory, () => openLocked(directory, this.path, ref))
    this.#readBack()
  }

  /** Bytes that are there: who resumes goes on from here. */
  get size(): number {
    return this.#size
  }

  write(chunk: Uint8Array): void {
    onDisk(this.path, () => {
      for (let at = 0; at < chunk.length; ) at += fs.writeSync(this.#fd, chunk, at)
    })
    this.#hash.update(chunk)
    this.#size += chunk.length
  }

  /** Begins anew: what is there was no beginning of what is wanted. */
  truncate(): void {
    fs.ftruncateSync(this.#fd, 0)
    this.#hash = createHash('sha256')
    this.#size = 0
  }

  // #region commit
  /**
   * Verifies, and takes no more. The file is closed: an archive may have more blobs than a process may have files open. From
   * here on its lease alone keeps it.
   * @param written by another process of ours into `path`, which hashed it on the way
   * @throws MiniDockerError FailedPrecondition when it is not what was expected: the ingest is gone then
   */
  seal(expected: Expected, written?: Written): Written {
    this.#sealed = this.#verify(expected, written)
    this.close()
    return this.#sealed
  }

  #verify(expected: Expected, written?: Written): Written {
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
    return { digest, size }
  }

  /**
   * Verifies, if that is not done yet, and makes it visible, in one rename. The lock goes last: until the rename, it is what keeps
   * the file from `prune`. @throws as `seal`
   */
  commit(expected: Expected = {}, written?: Written): Digest {
    const { digest } = this.#sealed ?? this.#verify(expected, written)
    onDisk(this.path, () => {
      syncFile(this.path) // before the rename: a name never stands for bytes that are not there yet
      this.#commit(this.path, digest)
    })
    this.abort()
    return digest
  }
  // #endregion commit

  /** Leaves what is there for who comes with the same ref. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    fs.closeSync(this.#fd)
  }

  /** Idempotent. Its files go while they are still locked: who has the next ingest of this name has files of its own. */
  abort(): void {
    if (this.#open || this.#sealed !== undefined) fs.rmSync(this.#directory, { recursive: true, force: true })
    this.#sealed = undefined
    this.close()
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

function syncFile(path: string): void {
  const fd = fs.openSync(path, 'r+')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

function openLocked(directory: string, path: string, ref: string): number {
  for (;;) {
    fs.mkdirSync(directory, { recursive: true, mode: 0o755 })
    const fd = fs.openSync(path, 'a+', 0o644)
    if (!lockExclusiveNow(fd)) {
      fs.closeSync(fd)
      fail('Unavailable', { what: `ingest '${ref}'`, why: 'somebody else writes it', hint: 'wait until it is done' })
    }
    // who had it may have removed it between the two calls: then this is a file without a name
    if (fs.statSync(path, { throwIfNoEntry: false })?.ino === fs.fstatSync(fd).ino) return fd
    fs.closeSync(fd)
  }
}

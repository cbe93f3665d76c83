/**
 * What a registry needs of the place where it keeps things: documents and bytes under keys, which have slashes. Small enough
 * for a file system and for an object store, so that nothing above it knows which of them it is.
 *
 * Durable means: it is there after a power cut. What is half written is nowhere but under an upload's key.
 */

import type { FileHandle } from 'node:fs/promises'
import type { Span } from '../../protocol/range.js'

export interface Stat {
  /** Bytes. */
  readonly size: number
  /** Milliseconds since 1970. */
  readonly modified: number
}

/** A chunk is good until the next is asked for. */
export interface Bytes extends AsyncIterable<Uint8Array> {
  /** Where they lie in a file: for who can do without the chunks. One of the two is used, and closes it. */
  readonly file?: FileSpan
}

export interface FileSpan {
  readonly handle: FileHandle
  /** Offsets of the first byte and of the last. */
  readonly first: number
  readonly last: number
}

/** An upload, open at its end. One writer has it: that is the caller's to see to. */
export interface Appender {
  /** Bytes that are there. */
  readonly size: number
  /** Whose bytes they are, where others can write to the same upload: what was hashed under another version does not count. */
  readonly version: string
  write(chunks: readonly Uint8Array[]): Promise<void>
  /** What was written stays. Idempotent. */
  close(): Promise<void>
}

export interface Storage {
  /** A document, whole; null where there is none. */
  get(key: string): Promise<Buffer | null>
  /** Durable when it is done; who reads meanwhile sees the old one or the new. */
  put(key: string, bytes: Uint8Array | string): Promise<void>
  /** Durable when it is done. @returns whether it was there */
  remove(key: string): Promise<boolean>
  stat(key: string): Promise<Stat | null>
  /** Names directly below, in the order of their bytes; what has names below itself ends in a slash. */
  list(prefix: string): Promise<readonly string[]>
  /** Bytes of it, null where it is not; what has begun to be read can be read to its end, though it be removed meanwhile. */
  read(key: string, span?: Span): Promise<Bytes | null>
  /** @param create begin it, empty; else null where there is none */
  append(key: string, create?: boolean): Promise<Appender | null>
  /**
   * Makes an upload the blob of that key, in one step, durable when it is done. One that is there stays, and the upload goes: keys
   * of blobs say what their bytes are.
   */
  commit(upload: string, key: string): Promise<void>
  /** Whether it can be reached at all. @throws what is wrong with it */
  check(): Promise<void>
  close(): Promise<void>
}

/** What is uploaded into a bucket: pieces, one object each, and the list of them. */

import type { Span } from '../../protocol/range.js'
import { refuse } from '../refusal.js'
import type { Objects } from './s3-objects.js'
import type { Appender } from './storage.js'

export interface Piece {
  readonly key: string
  /** Bytes. */
  readonly size: number
}

export interface Pieces {
  /** Who wrote the list: another list has another. */
  readonly session: string
  readonly directory: string
  readonly pieces: readonly Piece[]
  /** The key of the blob that an upload is being made into. */
  readonly becomes?: string
}

/** Of one request, and of the memory of one upload. */
export const PIECE = 8 << 20
/** A list is a document, and not a long one: blobs of 160 GiB. */
const PIECES_MAX = 20_000
/** The list is written so often while pieces come: what is lost when the server is killed is sent again. */
const SAVE_EVERY = 8

export const sizeOf = ({ pieces }: Pick<Pieces, 'pieces'>): number => pieces.reduce((sum, { size }) => sum + size, 0)

/** No more than a piece is in memory. */
export async function* bytesOf(objects: Objects, { pieces }: Pieces, span?: Span): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const { key, size } of pieces) {
    const first = Math.max(0, (span?.first ?? 0) - at)
    const end = Math.min(size, span === undefined ? size : span.last + 1 - at)
    at += size
    if (first < end) yield await objects.range(key, first, end)
  }
}

export class S3Appender implements Appender {
  readonly #objects: Objects
  readonly #before: Pieces
  readonly #session: string
  readonly #save: (pieces: Pieces) => Promise<void>
  readonly #closed: () => void
  #pieces: readonly Piece[]
  /** The last piece, while it is not full: what comes is written with it into one that takes its place. */
  #tail: Piece | null = null
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #count = 0
  #isOpen = true
  #isDropped = false
  size: number

  constructor(
    objects: Objects,
    before: Pieces,
    session: string,
    save: (pieces: Pieces) => Promise<void>,
    closed: () => void,
  ) {
    this.#objects = objects
    this.#before = before
    this.#session = session
    this.#save = save
    this.#closed = closed
    this.#pieces = before.pieces
    this.size = sizeOf(before)
  }

  /** Of its bytes: one that another server wrote is another. */
  get version(): string {
    return this.size === sizeOf(this.#before) ? this.#before.session : this.#session
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#waitingBytes === 0 && this.#tail === null) await this.#takeTail()
    for (const chunk of chunks) {
      this.#waiting.push(chunk)
      this.#waitingBytes += chunk.length
      this.size += chunk.length
      if (this.#waitingBytes >= PIECE) await this.#put()
    }
  }

  /** What was removed meanwhile does not come back. */
  drop(): void {
    this.#isDropped = true
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#closed()
    if (this.#isDropped || this.size === sizeOf(this.#before)) return
    if (this.#waitingBytes > 0) await this.#put()
    await this.#save(this.#list())
  }

  #list(): Pieces {
    return { session: this.#session, directory: this.#before.directory, pieces: this.#pieces }
  }

  async #takeTail(): Promise<void> {
    const last = this.#pieces.at(-1)
    if (last === undefined || last.size >= PIECE / 2) return
    this.#tail = last
    this.#waiting = [await this.#objects.range(last.key, 0, last.size)]
    this.#waitingBytes = last.size
  }

  async #put(): Promise<void> {
    if (this.#isDropped) return
    if (this.#pieces.length >= PIECES_MAX)
      refuse('DENIED', { message: `a blob has at most ${PIECES_MAX * PIECE} bytes` })
    const bytes = Buffer.concat(this.#waiting, this.#waitingBytes)
    const piece = { key: `${this.#before.directory}/${this.#session}-${this.#count++}`, size: bytes.length }
    this.#waiting = []
    this.#waitingBytes = 0
    await this.#objects.put(piece.key, bytes)
    // the piece that it replaces stays until all go: another server may be reading it
    const before = this.#tail === null ? this.#pieces : this.#pieces.slice(0, -1)
    this.#tail = null
    this.#pieces = [...before, piece]
    if (this.#count % SAVE_EVERY === 0) await this.#save(this.#list())
  }
}

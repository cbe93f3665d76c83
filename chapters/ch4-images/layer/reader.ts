/**
 * Reads a tar archive that comes in pieces of any size, and hands each entry on as it is found: nothing waits, nothing
 * is kept but the headers of one entry. ustar, V7, PAX and GNU, with their long names, big numbers and sparse files.
 *
 * Why not a stream: to most files of a layer a turn of the event loop costs more than their content.
 *
 * Source: pax(1); tar(5); image-spec, layer.md.
 */

import { Buffer } from 'node:buffer'
import { fail } from '#core/errors'
import type { Entry } from './entry.js'
import { BLOCK, checksum, Malformed, parseHeader } from './header.js'
import { type Draft, HEADER_MAX, Headers, isAnnouncement } from './headers.js'
import { quoted } from './name.js'
import { checkPieces, MapBlocks, oldBlock, oldPieces, SparseBody } from './sparse.js'

export interface LayerSink {
  entry(entry: Entry): void
  /** Content of the file that was announced last. The bytes are the sink's only until it returns. */
  data(chunk: Buffer): void
  /** So many bytes of zeros; to a sink without it they come as data. */
  hole?(length: number): void
  /** The entry is complete. Comes once for each, also for those without content. */
  done(): void
}

export interface ReaderOptions {
  /** What errors call the archive. */
  readonly name?: string
  /**
   * An archive ends with two blocks of zeros. Some writers leave them out; 'optional' takes that. It is right where a
   * digest says that the bytes are all there: otherwise a cut between two entries goes unseen.
   */
  readonly endMarker?: 'required' | 'optional'
}

/** Who takes the content that comes: the sink, or the reader itself for what is a header of its own kind. */
interface Receiver {
  data(chunk: Buffer): void
  done(): void
}

const nobody: Receiver = { data: () => {}, done: () => {} }

export class LayerReader {
  readonly #sink: LayerSink
  readonly #options: ReaderOptions
  readonly #headers = new Headers()

  /** Bytes before the chunk at hand. */
  #offset = 0
  #entryAt = 0
  #entryName = ''

  /** A block that comes in more than one chunk. */
  readonly #partial = Buffer.alloc(BLOCK)
  #partialLength = 0
  /** The next block is a header, when nothing else is expected. */
  #expected: ((block: Buffer, at: number) => void) | null = null
  /** Content still to come, who takes it, and what fills its last block. */
  #left = 0
  #receiver = nobody
  #padding = 0
  #zeroBlocks = 0

  constructor(sink: LayerSink, options: ReaderOptions = {}) {
    this.#sink = sink
    this.#options = options
  }

  /** @throws FailedPrecondition for what is wrong with the archive, and what the sink throws; no more can be pushed then */
  push(chunk: Buffer): void {
    try {
      for (let at = 0; at < chunk.length && this.#zeroBlocks < 2; ) at += this.#step(chunk, at)
    } catch (error) {
      if (error instanceof Malformed) this.#refuse(error.message)
      throw error
    }
    this.#offset += chunk.length
  }

  /** No more bytes come. @throws FailedPrecondition when some should */
  end(): void {
    if (this.#zeroBlocks === 2) return // what follows is ignored, as GNU tar does: tapes had rests of what was there before
    const inside = this.#left + this.#padding + this.#partialLength > 0 || this.#expected !== null
    if (this.#options.endMarker === 'optional' && !inside && !this.#headers.pending) return
    if (!inside) this.#entryAt = this.#offset
    this.#refuse(this.#offset === 0 ? 'it is empty' : `it is cut short after ${this.#offset} bytes`)
  }

  /** @returns how many bytes it used */
  #step(chunk: Buffer, at: number): number {
    const rest = chunk.length - at
    if (this.#left > 0) {
      const length = Math.min(this.#left, rest)
      this.#left -= length
      this.#receiver.data(chunk.subarray(at, at + length))
      if (this.#left === 0) this.#receiver.done()
      return length
    }
    if (this.#padding > 0) {
      const length = Math.min(this.#padding, rest)
      this.#padding -= length
      return length
    }
    if (this.#partialLength === 0 && rest >= BLOCK) {
      this.#block(chunk, at, this.#offset + at)
      return BLOCK
    }
    const length = chunk.copy(this.#partial, this.#partialLength, at)
    this.#partialLength += length
    if (this.#partialLength === BLOCK) {
      this.#partialLength = 0
      this.#block(this.#partial, 0, this.#offset + at + length - BLOCK)
    }
    return length
  }

  #block(block: Buffer, at: number, offset: number): void {
    if (this.#expected !== null) this.#expected(block, at)
    else {
      this.#entryAt = offset
      this.#entryName = ''
      this.#header(block, at)
    }
  }

  #header(block: Buffer, at: number): void {
    const zero = block[at] === 0 && checksum(block, at) === 8 * 32
    if (zero) {
      if (this.#headers.pending) throw new Malformed('its extended header is followed by no entry')
      this.#zeroBlocks++
      return
    }
    if (this.#zeroBlocks === 1) throw new Malformed('a lone block of zeros stands before it')
    const raw = parseHeader(block, at)
    this.#entryName = raw.name
    if (isAnnouncement(raw.type)) {
      if (raw.size < 0 || raw.size > HEADER_MAX) throw new Malformed(`its extended header has ${raw.size} bytes`)
      this.#collect(raw.size, content => this.#headers.announce(raw.type, content))
    } else if (raw.type === 'V') {
      this.#content(raw.size, nobody) // a volume's label
    } else {
      const draft = this.#headers.entry(raw, block, at)
      this.#entryName = draft.entry.path
      this.#padding = (BLOCK - (draft.archived % BLOCK)) % BLOCK
      if (draft.map === 'in blocks') this.#expected = (next, from) => this.#moreOfOldMap(draft, next, from)
      else if (draft.map === 'before the data') this.#expectMap(draft)
      else this.#begin(draft, draft.archived)
    }
  }

  #collect(size: number, use: (content: Buffer) => void): void {
    const content = Buffer.alloc(size)
    let filled = 0
    const data = (chunk: Buffer): void => {
      filled += chunk.copy(content, filled)
    }
    this.#content(size, { data, done: () => use(content) })
  }

  #content(size: number, receiver: Receiver): void {
    this.#left = size
    this.#receiver = receiver
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK
    if (size === 0) receiver.done()
  }

  #moreOfOldMap(draft: Draft, block: Buffer, at: number): void {
    draft.pieces.push(...oldPieces(block, at, oldBlock.pairs))
    if (draft.pieces.length * 24 > HEADER_MAX) throw new Malformed('its sparse map is too long')
    if (block[at + oldBlock.moreAt] !== 0) return
    this.#expected = null
    this.#begin(draft, draft.archived)
  }

  #expectMap(draft: Draft): void {
    const map = new MapBlocks()
    let used = 0
    this.#expected = (block, at) => {
      used += BLOCK
      if (used > Math.min(HEADER_MAX, draft.archived)) throw new Malformed('its sparse map is too long')
      const pieces = map.push(block, at)
      if (pieces === null) return
      this.#expected = null
      draft.pieces.push(...pieces)
      this.#begin(draft, draft.archived - used)
    }
  }

  /** All is known of the entry, `archived` bytes of content follow. */
  #begin({ entry, pieces, map }: Draft, archived: number): void {
    if (map !== 'none') checkPieces(pieces, entry.size, archived)
    this.#sink.entry(entry)
    this.#content(archived, map === 'none' ? this.#sink : new SparseBody(this.#sink, pieces, entry.size))
  }

  #refuse(why: string): never {
    const name = this.#options.name ?? 'archive'
    const entry = this.#entryName === '' ? '' : ` ${quoted(this.#entryName)}`
    return fail('FailedPrecondition', { what: `layer '${name}': entry${entry} at byte ${this.#entryAt}`, why })
  }
}

/**
 * Sparse files as GNU tar archives them: the pieces that hold data one after the other, and a map that says where in
 * the file each belongs. What no piece covers is a hole.
 *
 * The map stands, by age: in the header and blocks after it (type 'S'); in the extended header (0.0, 0.1); as decimal
 * lines before the data (1.0).
 * Source: GNU tar manual, "Storing Sparse Files"; tar(5), "GNU Tar Archives".
 */

import { Buffer } from 'node:buffer'
import { BLOCK, Malformed, number } from './header.js'
import { count } from './pax.js'

/** Where a piece lies in the file. */
export type Piece = readonly [offset: number, length: number]

export interface SparseSink {
  data(chunk: Buffer): void
  /** So many bytes that are zero. A sink without it is given the zeros. */
  hole?(length: number): void
  done(): void
}

const zeros = Buffer.alloc(64 * 1024)

/** @throws Malformed unless the pieces are in order, inside the file, and together what the archive holds */
export function checkPieces(pieces: readonly Piece[], size: number, archived: number): void {
  let end = 0
  let sum = 0
  for (const [offset, length] of pieces) {
    if (offset < end || offset + length > size) throw new Malformed('its sparse map is out of order or out of the file')
    end = offset + length
    sum += length
  }
  if (sum !== archived) throw new Malformed('its sparse map does not fit the data')
}

/** Hands data to a sink with the holes where they belong. */
export class SparseBody {
  readonly #sink: SparseSink
  readonly #pieces: readonly Piece[]
  readonly #size: number
  #next = 0
  /** In the file. */
  #position = 0
  #leftInPiece = 0

  constructor(sink: SparseSink, pieces: readonly Piece[], size: number) {
    this.#sink = sink
    this.#pieces = pieces.filter(([, length]) => length > 0)
    this.#size = size
  }

  data(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#leftInPiece === 0) {
        const [offset, length] = this.#pieces[this.#next++]!
        this.#holeUpTo(offset)
        this.#leftInPiece = length
      }
      const length = Math.min(this.#leftInPiece, chunk.length - at)
      this.#sink.data(chunk.subarray(at, at + length))
      at += length
      this.#position += length
      this.#leftInPiece -= length
    }
  }

  done(): void {
    this.#holeUpTo(this.#size)
    this.#sink.done()
  }

  #holeUpTo(end: number): void {
    const length = end - this.#position
    this.#position = end
    if (length === 0) return
    if (this.#sink.hole !== undefined) this.#sink.hole(length)
    else for (let left = length; left > 0; left -= zeros.length) this.#sink.data(zeros.subarray(0, left))
  }
}

/** The pairs of a block of type 'S': pieces end at the first one without a length and an offset. */
export function oldPieces(block: Buffer, at: number, slots: number): Piece[] {
  const pieces: Piece[] = []
  for (let slot = at; slot < at + slots * 24 && block[slot] !== 0; slot += 24) {
    pieces.push([number(block, slot, 12, 'sparse map'), number(block, slot + 12, 12, 'sparse map')])
  }
  return pieces
}

/** The header of type 'S' has four pairs, a flag that a block with 21 more follows, and the file's size. */
export const oldHeader = { pairsAt: 386, pairs: 4, moreAt: 482, sizeAt: 483 } as const
export const oldBlock = { pairs: 21, moreAt: 504 } as const

/** `offset,length,offset,length…` */
export function piecesOf(map: string): Piece[] {
  const numbers = map === '' ? [] : map.split(',').map(text => count(text, 'sparse map'))
  return inPairs(numbers)
}

function inPairs(numbers: readonly number[]): Piece[] {
  if (numbers.length % 2 !== 0) throw new Malformed('its sparse map is cut short')
  return Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!] as const)
}

/** Version 1.0: lines of decimals, how many pairs and then the pairs, in blocks filled up with NULs. */
export class MapBlocks {
  #text = ''
  #lines = 0

  /** @returns the pieces once the block that ends the map was given, until then null. @throws Malformed */
  push(block: Buffer, at: number): Piece[] | null {
    const text = block.toString('latin1', at, at + BLOCK)
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.#lines++
    this.#text += text
    if (this.#lines === 0) throw new Malformed('its sparse map is no list of numbers')
    const pairs = count(this.#text.slice(0, this.#text.indexOf('\n')), 'sparse map')
    if (this.#lines < 1 + 2 * pairs) return null
    const lines = this.#text.split('\n', 1 + 2 * pairs).slice(1)
    return inPairs(lines.map(line => count(line, 'sparse map')))
  }
}

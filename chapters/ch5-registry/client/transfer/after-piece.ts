/**
 * A blob that comes in pieces: what to ask for next, when some of its bytes are here and the rest was cut off. Pure: the lab of
 * the verified pull. Source: RFC 9110, 14 (range requests); distribution-spec "Pulling blobs".
 */

import { parseContentRange } from '../../protocol/range.js'
import type { Head } from '../http/exchange.js'

/** The header that asks for what is missing. */
export const rangeFrom = (have: number): Readonly<Record<string, string>> =>
  have === 0 ? {} : { range: `bytes=${have}-` }

export type Piece =
  /** The body goes on where we are. */
  | { readonly kind: 'append' }
  /** The server sends all of it, from its beginning: what is here goes. */
  | { readonly kind: 'restart' }
  /** What is here has no end there: it is longer than the blob. */
  | { readonly kind: 'discard' }
  | { readonly kind: 'refuse'; readonly why: string }

// #region part
/** @param have bytes that are here @param size of the whole blob, as its descriptor says */
export function pieceOf({ status, headers }: Head, have: number, size: number): Piece {
  // #region solution
  if (status === 416 && have > 0) return { kind: 'discard' }
  const length = lengthOf(headers)
  if (status === 200) {
    if (length !== null && length !== size) return { kind: 'refuse', why: `has ${length} bytes there, not ${size}` }
    return { kind: have === 0 ? 'append' : 'restart' }
  }
  if (status !== 206) return { kind: 'refuse', why: `an answer ${status} brings no blob` }
  const range = parseContentRange(headers['content-range'])
  if (range === null || range.first !== have) return { kind: 'refuse', why: 'what is sent is not what was asked for' }
  if (range.size !== null && range.size !== size)
    return { kind: 'refuse', why: `has ${range.size} bytes there, not ${size}` }
  return { kind: 'append' }
  // #endregion solution
}
// #endregion part

function lengthOf(headers: Head['headers']): number | null {
  const text = headers['content-length'] ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

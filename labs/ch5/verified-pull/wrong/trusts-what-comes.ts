/**
 * A 206 is the part that was asked for: what else?
 *
 * @rejected from-elsewhere
 * @says 206 brings 0-4999/5000: it is put behind
 */

import type { Piece } from '#chapters/ch5-registry/client/transfer/after-piece'
import { parseContentRange } from '#chapters/ch5-registry/protocol/range'

interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}
const refuse = (why: string): Piece => ({ kind: 'refuse', why })

export function pieceOf({ status, headers }: Head, have: number, size: number): Piece {
  if (status === 416 && have > 0) return { kind: 'discard' }
  const length = headers['content-length']
  if (status === 200) {
    if (length !== undefined && Number(length) !== size) return refuse('another length')
    return { kind: have === 0 ? 'append' : 'restart' }
  }
  if (status !== 206) return refuse('no blob')
  const range = parseContentRange(headers['content-range'])
  if (range === null) return refuse('another part')
  if (range.size !== null && range.size !== size) return refuse('another size')
  return { kind: 'append' }
}

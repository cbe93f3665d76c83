/**
 * Whatever comes with 200 is put behind what is here.
 *
 * @rejected from-its-beginning
 * @says 2000 are here, and 200 brings all 5000: it is put behind
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
    return { kind: 'append' }
  }
  if (status !== 206) return refuse('no blob')
  const range = parseContentRange(headers['content-range'])
  if (range === null || range.first !== have) return refuse('another part')
  if (range.size !== null && range.size !== size) return refuse('another size')
  return { kind: 'append' }
}

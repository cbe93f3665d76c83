/**
 * What is not an error brings a blob, with a body or without.
 *
 * @rejected no-blob
 * @says nothing is here, and 204: it is put behind
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
  if (status >= 300 || have > 0) {
    if (status !== 206) return refuse('no blob')
  } else if (status !== 206) return { kind: 'append' }
  const range = parseContentRange(headers['content-range'])
  if (range === null || range.first !== have) return refuse('another part')
  if (range.size !== null && range.size !== size) return refuse('another size')
  return { kind: 'append' }
}

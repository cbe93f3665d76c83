/** Bodies of requests. */

import type { IncomingMessage } from 'node:http'
import { Cut, refuse } from '../refusal.js'
import type { Source } from '../upload/uploads.js'

/** Who stops reading early has an answer to send: the connection stays for it. */
const chunksOf = (request: IncomingMessage): AsyncIterable<Buffer> => request.iterator({ destroyOnReturn: false })

export const sourceOf = (request: IncomingMessage): Source => ({
  chunks: chunksOf(request),
  cut: () => request.destroy(),
})

/** @returns null where the client does not say: a stream. @throws Refusal SIZE_INVALID */
export function lengthOf(request: IncomingMessage): number | null {
  const header = request.headers['content-length']
  if (header === undefined) return request.headers['transfer-encoding'] === undefined ? 0 : null
  return /^\d{1,15}$/.test(header) ? Number(header) : refuse('SIZE_INVALID')
}

/** A document. @throws Refusal SIZE_INVALID (413) */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = (): never =>
    refuse('SIZE_INVALID', {
      status: 413,
      message: `a document has at most ${limit} bytes`,
      headers: { connection: 'close' },
    })
  const length = lengthOf(request)
  if (length !== null && length > limit) tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of chunksOf(request)) {
      size += chunk.length
      if (size > limit) tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if ((error as { code?: string }).code === 'ECONNRESET') throw new Cut('the connection ended', { cause: error })
    throw error
  }
  return Buffer.concat(chunks, size)
}

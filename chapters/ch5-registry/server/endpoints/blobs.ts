/** Blobs: whole or a part of it. Source: distribution-spec "Pulling blobs", "Deleting Blobs"; RFC 9110, 14. */

import { isDigest } from '#core/spec/digest'
import { parseByteRange } from '../../protocol/range.js'
import { hasAlready, send, sendBytes } from '../http/answer.js'
import { refuse } from '../refusal.js'
import type { Endpoint } from '../registry.js'

export const blob: Endpoint = async (registry, exchange) => {
  if (!isDigest(exchange.reference)) refuse('DIGEST_INVALID', { message: 'is no sha256 digest' })
  if (exchange.method === 'DELETE') return remove(registry, exchange)
  await registry.proxy?.obtainBlob(exchange.name, exchange.reference)
  return get(registry, exchange)
}

const get: Endpoint = async ({ repositories }, { name, reference: digest, request, response }) => {
  const size = (await repositories.blobSize(name, digest)) ?? unknown(digest)
  const etag = `"${digest}"`
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=31536000',
    etag,
  }
  if (hasAlready(request.headers['if-none-match'], etag)) return send(response, 304, headers)
  const { range, 'if-range': ifRange } = request.headers
  const asked = ifRange === undefined || ifRange === etag ? range : undefined
  const span = request.method === 'HEAD' ? 'whole' : parseByteRange(asked, size)
  if (span === null) {
    refuse('RANGE_INVALID', {
      message: `the blob has ${size} bytes`,
      headers: { 'content-range': `bytes */${size}`, 'accept-ranges': 'bytes' },
    })
  }
  const part = span === 'whole' ? { first: 0, last: size - 1 } : span
  const body = request.method === 'HEAD' || size === 0 ? null : await repositories.readBlob(digest, part)
  if (body === null && request.method !== 'HEAD' && size > 0) unknown(digest)
  const contentRange = span === 'whole' ? {} : { 'content-range': `bytes ${part.first}-${part.last}/${size}` }
  const length = part.last - part.first + 1
  response.writeHead(span === 'whole' ? 200 : 206, { ...headers, ...contentRange, 'content-length': length })
  if (body === null) response.end()
  else await sendBytes(response, body, length)
}

const remove: Endpoint = async ({ repositories, quota }, { name, reference: digest, response }) => {
  if ((await repositories.blobSize(name, digest)) === null) unknown(digest)
  await repositories.unlinkBlob(name, digest)
  quota.forget(name)
  send(response, 202, {})
}

const unknown = (digest: string): never => refuse('BLOB_UNKNOWN', { detail: { digest } })

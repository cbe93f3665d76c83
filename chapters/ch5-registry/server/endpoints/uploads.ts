/** Uploads: whole, in chunks, as a stream, or by mounting what another repository has. Source: distribution-spec "Pushing blobs". */

import type { IncomingMessage } from 'node:http'
import { type Digest, isDigest } from '#core/spec/digest'
import { parseUploadRange, uploadRange } from '../../protocol/range.js'
import { isRepository, pathOf } from '../../protocol/routes.js'
import { send } from '../http/answer.js'
import { lengthOf, sourceOf } from '../http/body.js'
import { refuse } from '../refusal.js'
import type { Endpoint, Exchange, Registry } from '../registry.js'
import { blobKey } from '../storage/layout.js'
import type { Limits } from '../upload/uploads.js'

/** POST: begins one, or has it done at once. */
export const uploads: Endpoint = async (registry, exchange) => {
  const { name, query, request, response } = exchange
  const mounted = query.get('mount')
  if (mounted !== null && isDigest(mounted) && (await mount(registry, exchange, mounted))) {
    return created(exchange, mounted)
  }
  const digest = mounted === null ? query.get('digest') : null
  const wanted = digest === null ? null : digestOf(digest)
  const id = await registry.uploads.begin(name)
  if (wanted === null) return send(response, 202, progress(name, id, 0))
  try {
    await finish(registry, exchange, id, wanted, 0, lengthOf(request))
  } catch (error) {
    await registry.uploads.cancel(name, id).catch(() => {}) // nobody has been told of it
    throw error
  }
  created(exchange, wanted)
}

export const upload: Endpoint = async (registry, exchange) => {
  const { name, reference: id, method, query, request, response } = exchange
  if (method === 'GET' || method === 'HEAD') {
    return send(response, 204, progress(name, id, await registry.uploads.size(name, id)))
  }
  if (method === 'DELETE') {
    await registry.uploads.cancel(name, id)
    return send(response, 204, {})
  }
  const { at, length } = chunkOf(request)
  if (method === 'PATCH') {
    const limits = await limitsOf(registry, name)
    const size = await registry.uploads.receive(name, id, sourceOf(request), at, length, limits)
    return send(response, 202, progress(name, id, size))
  }
  const digest = digestOf(
    query.get('digest') ?? refuse('DIGEST_INVALID', { message: 'the digest is missing: ?digest=' }),
  )
  await finish(registry, exchange, id, digest, at, length)
  created(exchange, digest)
}

async function finish(
  registry: Registry,
  { name, request }: Exchange,
  id: string,
  digest: Digest,
  at: number | null,
  length: number | null,
): Promise<void> {
  const { repositories, quota } = registry
  const limits = await limitsOf(registry, name)
  await registry.uploads.finish(name, id, sourceOf(request), at, length, limits, digest, async (key, size) => {
    const isNew = (await repositories.blobSize(name, digest)) === null
    await quota.within(name, isNew ? size : 0, () => repositories.commitBlob(name, key, digest))
  })
}

/** @returns false where it cannot be: an upload begins instead, and nobody learns why */
async function mount(registry: Registry, { name, query, access }: Exchange, digest: Digest): Promise<boolean> {
  const { repositories, quota } = registry
  const from = query.get('from')
  if (from !== null && !isRepository(from)) return false
  let size = await repositories.blobSize(name, digest)
  if (size !== null) return true
  // without a source any that it may read will do
  const sources = from === null ? await repositories.names() : [from]
  for (const source of sources) {
    if (!access.may('pull', source)) continue
    size = await repositories.blobSize(source, digest)
    if (size !== null) break
  }
  if (size === null) return false
  const bytes = size
  return repositories.leases.hold([digest], async () => {
    if ((await repositories.storage.stat(blobKey(digest))) === null) return false // it went in between
    await quota.within(name, bytes, () => repositories.linkBlob(name, digest))
    return true
  })
}

/** Where the bytes of a PATCH or PUT begin, and how many they are. @throws Refusal RANGE_INVALID, SIZE_INVALID */
function chunkOf(request: IncomingMessage): { readonly at: number | null; readonly length: number | null } {
  const length = lengthOf(request)
  const header = request.headers['content-range']
  if (header === undefined) return { at: null, length }
  const span =
    parseUploadRange(header) ?? refuse('RANGE_INVALID', { status: 400, message: 'Content-Range is FIRST-LAST' })
  const promised = span.last - span.first + 1
  if (length !== null && length !== promised) refuse('SIZE_INVALID')
  return { at: span.first, length: promised }
}

const limitsOf = async ({ quota }: Registry, name: string): Promise<Limits> => ({
  room: await quota.room(name),
  tooMuch: () => quota.tooMuch(name),
})

const digestOf = (text: string): Digest =>
  isDigest(text) ? text : refuse('DIGEST_INVALID', { message: 'it is no sha256 digest' })

const progress = (name: string, id: string, size: number): Record<string, string> => ({
  location: pathOf('upload', name, id),
  range: uploadRange(size),
  'docker-upload-uuid': id,
})

const created = ({ name, response }: Exchange, digest: Digest): void =>
  send(response, 201, { location: pathOf('blob', name, digest), 'docker-content-digest': digest })

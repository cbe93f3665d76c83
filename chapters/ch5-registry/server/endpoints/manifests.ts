/** Manifests, by tag and by digest. Source: distribution-spec "Pulling manifests", "Pushing Manifests", "Deleting Manifests". */

import { createHash } from 'node:crypto'
import { type Digest, isDigest } from '#core/spec/digest'
import { accepts } from '../../protocol/accept.js'
import { isTag, pathOf } from '../../protocol/routes.js'
import { hasAlready, send } from '../http/answer.js'
import { readBody } from '../http/body.js'
import { type Document, readDocument, referrerOf } from '../manifest/document.js'
import { refuse } from '../refusal.js'
import type { Endpoint, Registry } from '../registry.js'
import type { StoredManifest } from '../repositories.js'

const MANIFEST_MAX = 4 << 20

export const manifest: Endpoint = async (registry, exchange) => {
  const { reference, name } = exchange
  if (!isDigest(reference) && !isTag(reference)) {
    if ((reference as string).includes(':')) refuse('DIGEST_INVALID', { message: 'is no sha256 digest' })
    refuse('TAG_INVALID')
  }
  if (exchange.method === 'PUT') return put(registry, exchange)
  if (exchange.method === 'DELETE') return remove(registry, exchange)
  await registry.proxy?.obtainManifest(name, reference)
  return get(registry, exchange)
}

const get: Endpoint = async ({ repositories }, { name, reference, request, response }) => {
  const digest = isDigest(reference) ? reference : await repositories.digestOfTag(name, reference)
  const found = digest === null ? null : await repositories.manifest(name, digest)
  if (found === null) return unknown(name, reference)
  const { accept } = request.headers
  if (!accepts(accept, found.mediaType)) {
    refuse('MANIFEST_UNKNOWN', {
      message: `it is an ${found.mediaType}, which the Accept of the request does not name`,
    })
  }
  const etag = `"${found.digest}"`
  const headers = { 'content-type': found.mediaType, 'docker-content-digest': found.digest, etag }
  if (hasAlready(request.headers['if-none-match'], etag)) return send(response, 304, headers)
  if (request.method === 'HEAD') {
    response.writeHead(200, { ...headers, 'content-length': found.size })
    response.end()
    return
  }
  const bytes = (await repositories.manifestBytes(found.digest)) ?? unknown(name, reference)
  send(response, 200, headers, bytes)
}

const put: Endpoint = async (registry, { name, reference, request, response }) => {
  const bytes = await readBody(request, MANIFEST_MAX)
  const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  if (isDigest(reference) && reference !== digest)
    refuse('DIGEST_INVALID', { detail: { digest: reference, is: digest } })
  const contentType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  const document = readDocument(
    bytes,
    contentType === 'application/json' || contentType === '' ? undefined : contentType,
  )
  if ('wrong' in document) return refuse('MANIFEST_INVALID', { message: `manifest invalid: ${document.wrong}` })
  const tag = isDigest(reference) ? null : reference
  await storeManifest(registry, name, bytes, { digest, document, tag })
  send(response, 201, {
    location: pathOf('manifest', name, reference),
    'docker-content-digest': digest,
    ...(document.subject === null ? {} : { 'oci-subject': document.subject }),
  })
}

interface Incoming {
  readonly digest: Digest
  readonly document: Document
  readonly tag: string | null
}

/** Once all that it needs is here. @throws Refusal MANIFEST_BLOB_UNKNOWN, MANIFEST_INVALID, DENIED */
export function storeManifest(
  registry: Pick<Registry, 'repositories' | 'quota'>,
  name: string,
  bytes: Uint8Array,
  incoming: Incoming,
): Promise<void> {
  const { blobs, manifests } = incoming.document
  // before the first look, until all is written: garbage collection takes none of them
  const needed = [incoming.digest, ...[...blobs, ...manifests].map(one => one.digest)]
  return registry.repositories.leases.hold(needed, () => storeHeld(registry, name, bytes, incoming))
}

async function storeHeld(
  { repositories, quota }: Pick<Registry, 'repositories' | 'quota'>,
  name: string,
  bytes: Uint8Array,
  { digest, document, tag }: Incoming,
): Promise<void> {
  for (const blob of document.blobs) {
    const size = await repositories.blobSize(name, blob.digest)
    if (size === null) refuse('MANIFEST_BLOB_UNKNOWN', { detail: { digest: blob.digest } })
    if (size !== blob.size) {
      refuse('MANIFEST_INVALID', { message: `manifest invalid: ${blob.digest} has ${size} bytes, not ${blob.size}` })
    }
  }
  const isNew = (await repositories.manifest(name, digest)) === null
  const { subject, mediaType } = document
  const about = subject === null ? null : { subject, descriptor: referrerOf(document, digest, bytes.length) }
  await quota.within(name, isNew ? bytes.length : 0, () =>
    repositories.putManifest(name, { digest, mediaType }, bytes, tag, about),
  )
}

const remove: Endpoint = async (registry, { name, reference, response }) => {
  const { repositories, quota } = registry
  if (!isDigest(reference)) {
    if (!(await repositories.removeTag(name, reference))) unknown(name, reference)
    return send(response, 202, {})
  }
  const found = (await repositories.manifest(name, reference)) ?? unknown(name, reference)
  await repositories.removeManifest(name, reference, await subjectOf(registry, found))
  quota.forget(name)
  send(response, 202, {})
}

async function subjectOf({ repositories }: Registry, { digest, mediaType }: StoredManifest): Promise<Digest | null> {
  const bytes = await repositories.manifestBytes(digest)
  const document = bytes === null ? null : readDocument(bytes, mediaType)
  return document === null || 'wrong' in document ? null : document.subject
}

const unknown = (name: string, reference: string): never => refuse('MANIFEST_UNKNOWN', { detail: { name, reference } })

/**
 * A cache of another registry: what is asked for and not here is got from there, verified, committed and then served, so that
 * nothing that came wrong is ever seen. A tag is asked for there each time; where that cannot be reached, what is here will do.
 *
 * It serves a blob once the whole of it is here: the first who pulls waits longer than with a cache that passes it on
 * meanwhile. Tags and repositories are listed as far as they are here.
 */

import { createHash } from 'node:crypto'
import { type Digest, isDigest } from '#core/spec/digest'
import { type AccessLog, messageOf } from '../http/log.js'
import { readDocument, referrerOf } from '../manifest/document.js'
import { refusalOf, refuse } from '../refusal.js'
import type { PullThrough, Registry } from '../registry.js'
import type { Upstream, UpstreamManifest } from './upstream.js'

type Here = Omit<Registry, 'proxy'>

export function pullThrough(here: Here, upstream: Upstream, log: AccessLog): PullThrough {
  const running = new Map<string, Promise<void>>()
  /** Who comes for the same meanwhile waits for the same. */
  const once = (key: string, action: () => Promise<void>): Promise<void> => {
    const known = running.get(key)
    if (known !== undefined) return known
    const started = action().finally(() => running.delete(key))
    running.set(key, started)
    return started
  }
  const unreachable = (error: unknown): void => log.event('upstream', { error: messageOf(error) })
  return {
    obtainManifest: (name, reference) =>
      once(`${name}:${reference}`, async () => {
        const { repositories } = here
        const tag = isDigest(reference) ? null : reference
        const digest = tag === null ? reference : await repositories.digestOfTag(name, tag)
        const isHere = digest !== null && (await repositories.manifest(name, digest)) !== null
        if (isHere && tag === null) return
        let found: UpstreamManifest | null
        try {
          found = await upstream.manifest(name, reference)
        } catch (error) {
          unreachable(error)
          if (isHere) return
          return refuse('UNAVAILABLE', { message: 'the registry behind this cache cannot be asked' })
        }
        if (found !== null) await store(here, name, reference, found)
        else if (tag !== null) await repositories.removeTag(name, tag)
      }),
    obtainBlob: (name, digest) =>
      once(`${name}@${digest}`, async () => {
        if ((await here.repositories.blobSize(name, digest)) !== null) return
        try {
          const chunks = await upstream.blob(name, digest)
          if (chunks !== null) await take(here, name, digest, chunks)
        } catch (error) {
          // what has no room here is no fault of the registry behind
          if (!['UNKNOWN', 'DIGEST_INVALID'].includes(refusalOf(error).code)) throw error
          unreachable(error)
          refuse('UNAVAILABLE', { message: 'the registry behind this cache did not give it whole' })
        }
      }),
  }
}

async function store({ repositories }: Here, name: string, reference: string, found: UpstreamManifest): Promise<void> {
  const { bytes, mediaType } = found
  const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const document = readDocument(bytes, mediaType)
  if ('wrong' in document || (isDigest(reference) && reference !== digest)) {
    return refuse('UNAVAILABLE', { message: 'the registry behind this cache gave another thing than was asked for' })
  }
  const tag = isDigest(reference) ? null : reference
  const { subject } = document
  const about = subject === null ? null : { subject, descriptor: referrerOf(document, digest, bytes.length) }
  // its blobs come when they are asked for
  await repositories.leases.hold([digest], () =>
    repositories.putManifest(name, { digest, mediaType: document.mediaType }, bytes, tag, about),
  )
}

async function take(
  { repositories, uploads, quota }: Here,
  name: string,
  digest: Digest,
  chunks: AsyncIterable<Uint8Array>,
) {
  const limits = { room: await quota.room(name), tooMuch: () => quota.tooMuch(name) }
  const id = await uploads.begin(name)
  try {
    const source = { chunks, cut: () => {} }
    await uploads.finish(name, id, source, 0, null, limits, digest, (key, size) =>
      quota.within(name, size, () => repositories.commitBlob(name, key, digest)),
    )
  } catch (error) {
    await uploads.cancel(name, id).catch(() => {})
    throw error
  }
}

/**
 * Manifests and indexes of a registry: asked for by tag or digest, believed only when their bytes have the digest and size that
 * were named. Source: distribution-spec "Pulling manifests"; image-spec manifest.md, image-index.md.
 */

import { createHash } from 'node:crypto'
import { fail } from '#core/errors'
import { type Digest, isDigest } from '#core/spec/digest'
import { type Descriptor, mediaTypes } from '#core/spec/image'
import { pathOf } from '../../protocol/routes.js'
import { repositoryScope } from '../../protocol/scope.js'
import type { About } from '../http/failure.js'
import type { Registry } from '../http/registry.js'

export const MANIFEST_MAX = 4 << 20

export const indexTypes: readonly string[] = [mediaTypes.index, mediaTypes.dockerList]
const manifestTypes: readonly string[] = [mediaTypes.manifest, mediaTypes.dockerManifest]
const accept = [...manifestTypes, ...indexTypes].join(', ')
const schema1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/

export interface Document {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
}

export const digestOf = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** What a tag stands for at this moment, without fetching it. @returns null: the registry does not say by HEAD */
export async function headManifest(
  registry: Registry,
  path: string,
  which: string,
  about: About,
): Promise<Descriptor | null> {
  const needs = [repositoryScope(path, 'pull')]
  const answer = await registry.call({
    method: 'HEAD',
    path: pathOf('manifest', path, which),
    headers: { accept },
    needs,
    about,
  })
  await answer.drop()
  const { 'docker-content-digest': digest, 'content-length': length, 'content-type': type } = answer.headers
  // what it refuses, it refuses with words only after GET
  if (answer.status !== 200 || digest === undefined || !isDigest(digest)) return null
  const mediaType = bare(type)
  if (!/^\d{1,10}$/.test(length ?? '') || mediaType === '') return null
  return { mediaType, digest, size: Number(length) }
}

/**
 * @param which a tag or a digest @param expected of a descriptor that leads to it
 * @throws MiniDockerError NotFound, FailedPrecondition when the bytes are others, Unsupported for schema 1
 */
export async function getManifest(
  registry: Registry,
  path: string,
  which: string,
  about: About,
  expected: Partial<Descriptor> = {},
): Promise<Document> {
  const needs = [repositoryScope(path, 'pull')]
  const request = { method: 'GET', path: pathOf('manifest', path, which), headers: { accept }, needs, about } as const
  const answer = await registry.want(request, 200)
  const bytes = await answer.read(MANIFEST_MAX)
  const digest = digestOf(bytes)
  const wanted = expected.digest ?? (isDigest(which) ? which : undefined)
  const differs = (why: string): never =>
    fail('FailedPrecondition', {
      what: about.what,
      why,
      hint: 'it was changed on its way here, or the registry is wrong about it',
    })
  if (wanted !== undefined && digest !== wanted) differs(`manifest ${wanted} has the digest ${digest} there`)
  if (expected.size !== undefined && expected.size !== bytes.length) {
    differs(`manifest ${digest} has ${bytes.length} bytes, not ${expected.size}`)
  }
  const type = bare(answer.headers['content-type'])
  const mediaType = typeOf(bytes, type, about)
  return { bytes, descriptor: { mediaType, digest, size: bytes.length } }
}

const bare = (type: string | undefined): string => (type ?? '').split(';')[0]!.trim().toLowerCase()

/** A document says itself what it is; the header only where it does not: or one could be read as the other. */
function typeOf(bytes: Buffer, header: string, about: About): string {
  const document = parseDocument(bytes, about)
  if (document.schemaVersion === 1 || schema1.test(header)) {
    fail('Unsupported', {
      what: about.what,
      why: 'is of the old format, image manifest version 2, schema 1',
      hint: 'push it again with a docker of 1.10 or later',
    })
  }
  const { mediaType } = document
  if (typeof mediaType === 'string' && header !== mediaType && header.includes('vnd.')) {
    fail('FailedPrecondition', { what: about.what, why: `is ${mediaType}, and was sent as ${header}` })
  }
  if (typeof mediaType === 'string') return mediaType
  const known = indexTypes.includes(header) || manifestTypes.includes(header)
  return known ? header : 'manifests' in document ? mediaTypes.index : mediaTypes.manifest
}

export function parseDocument(bytes: Uint8Array, about: Pick<About, 'what'>): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // told below
  }
  return fail('FailedPrecondition', { what: about.what, why: 'its manifest is no JSON object' })
}

/** Descriptors of a document, each of them one. @throws MiniDockerError FailedPrecondition */
export function descriptorsIn(value: unknown, { what }: Pick<About, 'what'>): Descriptor[] {
  const list = Array.isArray(value) ? value : []
  if (list.length > DESCRIPTORS_MAX) fail('FailedPrecondition', { what, why: `lists ${list.length} things` })
  for (const one of list as readonly Partial<Descriptor>[]) {
    const fine = typeof one?.digest === 'string' && typeof one.mediaType === 'string' && Number.isSafeInteger(one.size)
    if (!fine || one.size! < 0) fail('FailedPrecondition', { what, why: 'its manifest lists what is no descriptor' })
    if (!isDigest(one.digest!)) {
      fail('Unsupported', { what, why: `digest '${one.digest}' is no sha256 digest`, hint: 'others are not supported' })
    }
  }
  return list as Descriptor[]
}

const DESCRIPTORS_MAX = 10_000

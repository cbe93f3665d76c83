/**
 * Referrers: manifests that say of another that they belong to it (`subject`): signatures, lists of ingredients. A registry that
 * does not know the API has a tag in its place, `sha256-<hex>`, with an index that clients keep up to date.
 * Source: distribution-spec "Listing Referrers", "Referrers Tag Schema", "Pushing Manifests with Subject".
 */

import { fail } from '#core/errors'
import { type Digest, hexOf } from '#core/spec/digest'
import { type Descriptor, type Index, mediaTypes } from '#core/spec/image'
import { nextIn } from '../../protocol/link.js'
import { pathOf } from '../../protocol/routes.js'
import { repositoryScope } from '../../protocol/scope.js'
import type { About } from '../http/failure.js'
import { refusal } from '../http/failure.js'
import type { Registry } from '../http/registry.js'
import { descriptorsIn, digestOf, getManifest, headManifest, MANIFEST_MAX, parseDocument } from './manifest.js'
import { sendManifest } from './send-manifest.js'

const PAGES_MAX = 100

/** @param type null: all */
export async function listReferrers(
  registry: Registry,
  path: string,
  subject: Digest,
  type: string | null,
  about: About,
): Promise<Descriptor[]> {
  const needs = [repositoryScope(path, 'pull')]
  const query = type === null ? '' : `?${new URLSearchParams({ artifactType: type })}`
  const found: Descriptor[] = []
  let next: string | null = `${pathOf('referrers', path, subject)}${query}`
  for (let pages = 0; next !== null; pages++) {
    if (pages >= PAGES_MAX)
      fail('FailedPrecondition', { what: about.what, why: `has more than ${PAGES_MAX} pages of them` })
    const answer = await registry.call({
      method: 'GET',
      path: next,
      headers: { accept: mediaTypes.index },
      needs,
      about,
    })
    // 404: it does not know the API, or answers with a page of something else
    const isIndex = (answer.headers['content-type'] ?? '').startsWith(mediaTypes.index)
    if (pages === 0 && (answer.status === 404 || answer.status === 405 || (answer.status === 200 && !isIndex))) {
      await answer.drop()
      return fitting(await byTag(registry, path, subject, about), type)
    }
    if (answer.status !== 200) throw await refusal(about, answer)
    const bytes = await answer.read(MANIFEST_MAX)
    found.push(...descriptorsIn(parseDocument(bytes, about).manifests, about))
    const link = nextIn(answer.headers.link)
    const target: URL | null = link === null ? null : new URL(link, answer.url)
    if (target !== null && target.origin !== new URL(answer.url).origin) {
      fail('FailedPrecondition', { what: about.what, why: `${registry.domain} continues its list at another host` })
    }
    next = target === null ? null : `${target.pathname}${target.search}`
  }
  return fitting(found, type) // a registry need not filter
}

const fitting = (all: readonly Descriptor[], type: string | null): Descriptor[] =>
  all.filter(({ artifactType }) => type === null || artifactType === type)

const tagOf = (subject: Digest): string => `sha256-${hexOf(subject)}`

async function byTag(registry: Registry, path: string, subject: Digest, about: About): Promise<Descriptor[]> {
  if ((await headManifest(registry, path, tagOf(subject), about)) === null) return []
  const { bytes } = await getManifest(registry, path, tagOf(subject), about)
  return descriptorsIn(parseDocument(bytes, about).manifests, about)
}

/**
 * A manifest that refers: pushed by its digest; where the registry does not say that it has understood (OCI-Subject), its list is
 * kept by tag. Two who do that at once may lose one entry of it: the specification knows no better.
 */
export async function pushReferrer(
  registry: Registry,
  path: string,
  manifest: Referrer,
  about: About,
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(manifest))
  const descriptor = { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.length }
  const answer = await sendManifest(registry, path, descriptor.digest, { bytes, descriptor }, about)
  if (answer.headers['oci-subject'] !== undefined) return descriptor
  const { artifactType, annotations, subject } = manifest
  const entry: Descriptor = { ...descriptor, artifactType, ...(annotations && { annotations }) }
  const others = (await byTag(registry, path, subject.digest, about)).filter(({ digest }) => digest !== entry.digest)
  const index: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [...others, entry] }
  const list = Buffer.from(JSON.stringify(index))
  const listDescriptor = { mediaType: mediaTypes.index, digest: digestOf(list), size: list.length }
  await sendManifest(registry, path, tagOf(subject.digest), { bytes: list, descriptor: listDescriptor }, about)
  return descriptor
}

/** image-spec manifest.md "Guidelines for Artifact Usage". */
export interface Referrer {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly artifactType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly subject: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}

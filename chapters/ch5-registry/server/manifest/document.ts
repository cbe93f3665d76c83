/**
 * What a manifest says, as far as a registry has to know: of which type it is, which blobs it needs, what it is about. Pure.
 * Source: image-spec manifest.md, image-index.md; distribution-spec "Pushing Manifests", "Listing Referrers".
 */

import { type Digest, isDigest } from '#core/spec/digest'
import { type Descriptor, mediaTypes } from '#core/spec/image'

export interface Document {
  readonly mediaType: string
  /** Which have to be in the repository first: config and layers. */
  readonly blobs: readonly Descriptor[]
  /** An index's: they may come later, or never ("sparse"). */
  readonly manifests: readonly Descriptor[]
  readonly subject: Digest | null
  /** By which referrers are filtered. */
  readonly artifactType: string | undefined
  readonly annotations: Readonly<Record<string, string>> | undefined
}

const indexes: readonly string[] = [mediaTypes.index, mediaTypes.dockerList]
const images: readonly string[] = [mediaTypes.manifest, mediaTypes.dockerManifest]
export const manifestTypes: readonly string[] = [...images, ...indexes]

const wrong = (why: string): { readonly wrong: string } => ({ wrong: why })

/**
 * @param contentType of the request, without parameters; undefined: what the document itself says
 * @returns what it says, or what is wrong with it
 */
export function readDocument(
  bytes: Uint8Array,
  contentType: string | undefined,
): Document | { readonly wrong: string } {
  const document = parse(bytes)
  if (document === null) return wrong('is no JSON object')
  const said = document.mediaType
  if (said !== undefined && typeof said !== 'string') return wrong('its mediaType is no text')
  const mediaType = contentType ?? said ?? (Array.isArray(document.manifests) ? mediaTypes.index : mediaTypes.manifest)
  if (!manifestTypes.includes(mediaType)) {
    return wrong(`its type '${mediaType}' is none of an image's: ${manifestTypes.join(', ')}`)
  }
  if (said !== undefined && said !== mediaType)
    return wrong(`its mediaType is '${said}', its Content-Type '${mediaType}'`)
  if (document.schemaVersion !== 2) return wrong('its schemaVersion is not 2')
  const isIndex = indexes.includes(mediaType)
  // one document must not be read as both: each reader would see another image in it
  if (isIndex && (document.layers !== undefined || document.config !== undefined))
    return wrong('an index has no layers')
  if (!isIndex && document.manifests !== undefined) return wrong('an image has no manifests')
  try {
    const subject = document.subject === undefined ? null : descriptor(document.subject, 'subject').digest
    const config = isIndex ? null : descriptor(document.config, 'config')
    const list = isIndex ? document.manifests : document.layers
    if (!Array.isArray(list)) return wrong(`has no ${isIndex ? 'manifests' : 'layers'}`)
    const below = list.map((one, at) => descriptor(one, `${isIndex ? 'manifests' : 'layers'}[${at}]`))
    return {
      mediaType,
      blobs: config === null ? [] : [config, ...below.filter(isHere)],
      manifests: isIndex ? below : [],
      subject,
      artifactType: text(document.artifactType) ?? config?.mediaType,
      annotations: annotationsOf(document.annotations),
    }
  } catch (error) {
    if (error instanceof Wrong) return wrong(error.message)
    throw error
  }
}

/** By which a subject's referrers tell of it. */
export const referrerOf = (document: Document, digest: Digest, size: number): Descriptor => ({
  mediaType: document.mediaType,
  digest,
  size,
  ...(document.artifactType === undefined ? {} : { artifactType: document.artifactType }),
  ...(document.annotations === undefined ? {} : { annotations: document.annotations }),
})

/** A layer that is to be had elsewhere need not be here. Source: image-spec layer.md "Non-Distributable Layers". */
const isHere = ({ mediaType, urls }: Descriptor): boolean =>
  !(urls !== undefined && urls.length > 0) && !/nondistributable|\.foreign\./.test(mediaType)

class Wrong extends Error {}

function descriptor(value: unknown, where: string): Descriptor {
  const { mediaType, digest, size, urls } = (value ?? {}) as Partial<Record<keyof Descriptor, unknown>>
  if (typeof digest !== 'string' || !isDigest(digest)) throw new Wrong(`${where} has no sha256 digest`)
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw new Wrong(`${where} has no size`)
  if (typeof mediaType !== 'string' || mediaType === '') throw new Wrong(`${where} has no mediaType`)
  return Array.isArray(urls) ? { mediaType, digest, size, urls: urls.map(String) } : { mediaType, digest, size }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

function annotationsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  )
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** An image layout as rules see it: its documents, its blobs, and how they hang together. Source: image-spec, image-layout.md. */

import { mediaTypes } from '#core/spec/image'
import { inDocument } from './find.js'
import { type Written, written } from './json-text.js'
import type { Place } from './place.js'
import { type Fields, type Finding, objectsAt } from './rule.js'
import { descriptorsIn } from './rules-descriptor.js'
import type { DocumentKind } from './schema-image.js'

export interface Blob {
  /** `blobs/sha256/…`, the place in the layout. */
  readonly file: string
  /** By the place's name: `sha256:…`. */
  readonly named: string
  readonly isFile: boolean
  /** Bytes. */
  readonly size: number
  /** Of its bytes, by the named algorithm; null where we cannot compute that one. */
  readonly digest: string | null
}

export interface Layout {
  readonly marker: string | null
  readonly index: string | null
  readonly hasBlobs: boolean
  readonly blobs: ReadonlyMap<string, Blob>
  /** The text of a blob that is a document; null where it is too large for one. */
  text(blob: Blob): string | null
}

/** A descriptor in a document, and the blob that it names. */
export interface Link extends Place<Fields> {
  readonly file: string
  readonly blob: Blob | undefined
  /** What the blob is by the media type; null of a layer, or of what the specification does not know. */
  readonly kind: DocumentKind | null
  /** Of what it leads to, where that is a document and can be read. */
  readonly json: unknown
}

/** A manifest with its config and layers. */
export interface LayoutImage {
  /** Of the manifest. */
  readonly file: string
  readonly manifest: unknown
  /** undefined where it is not there or no image config. */
  readonly config: unknown
  readonly configFile: string
  /** What its index says of it. */
  readonly platform: unknown
  readonly layers: readonly LayerSeen[]
}

/** What reading a layer showed; none where it was not read. */
export interface LayerSeen {
  readonly at: string
  /** What the media type and the bytes say. */
  readonly saidCompression: string
  readonly compression: string
  /** Of the uncompressed archive, by the algorithm that the config uses; null where it could not be read to its end. */
  readonly diffId: string | null
  readonly expectedDiffId: string | undefined
  /** What is wrong with the archive, null when nothing is. */
  readonly wrong: string | null
  /** Paths that come again, and whiteouts that name nothing. */
  readonly twice: readonly string[]
  readonly nameless: readonly string[]
}

export interface LayoutView {
  readonly layout: Layout
  readonly links: readonly Link[]
  readonly images: readonly LayoutImage[]
}

const kinds: Readonly<Record<string, DocumentKind>> = {
  [mediaTypes.index]: 'index',
  [mediaTypes.dockerList]: 'index',
  [mediaTypes.manifest]: 'manifest',
  [mediaTypes.dockerManifest]: 'manifest',
  [mediaTypes.config]: 'config',
  [mediaTypes.dockerConfig]: 'config',
}

/** Follows index.json to all that it leads to, each document once. */
export function viewOf(layout: Layout): { readonly view: LayoutView; readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
  const links: Link[] = []
  const images: LayoutImage[] = []
  const seen = new Set<string>()

  const visit = (
    document: Written,
    kind: DocumentKind,
    file: string,
    isEntryPoint: boolean,
    platform: unknown,
  ): void => {
    findings.push(...inDocument(document, kind, isEntryPoint).map(found => ({ ...found, file })))
    const own = linksIn(layout, document, kind, file)
    links.push(...own)
    if (kind === 'manifest') images.push(imageOf(document, file, own, platform))
    for (const link of own) {
      if (link.kind === null || link.blob === undefined || seen.has(link.blob.named)) continue
      seen.add(link.blob.named)
      const text = layout.text(link.blob)
      if (text !== null) visit(written(text), link.kind, link.blob.file, false, link.value.platform)
    }
  }
  if (layout.marker !== null) {
    findings.push(...inDocument(written(layout.marker), 'marker').map(found => ({ ...found, file: 'oci-layout' })))
  }
  if (layout.index !== null) visit(written(layout.index), 'index', 'index.json', true, undefined)
  return { view: { layout, links, images }, findings }
}

function linksIn(layout: Layout, { json }: Written, kind: DocumentKind, file: string): Link[] {
  return descriptorsIn({ json, kind, isEntryPoint: false }).map(({ at, value }) => {
    const blob = typeof value.digest === 'string' ? layout.blobs.get(value.digest) : undefined
    const type = typeof value.mediaType === 'string' ? kinds[value.mediaType] : undefined
    const text = type !== undefined && blob?.isFile === true ? layout.text(blob) : null
    return { at, value, file, blob, kind: type ?? null, json: text === null ? undefined : written(text).json }
  })
}

function imageOf({ json }: Written, file: string, links: readonly Link[], platform: unknown): LayoutImage {
  const config = links.find(({ at }) => at === 'config')
  const isConfig = config?.kind === 'config'
  return {
    file,
    manifest: json,
    config: isConfig ? config.json : undefined,
    configFile: config?.blob?.file ?? '',
    platform,
    layers: [],
  }
}

/** The descriptors of a manifest's layers. */
export const layersOf = (manifest: unknown): Place<Fields>[] => [...objectsAt(manifest, 'layers[]')]

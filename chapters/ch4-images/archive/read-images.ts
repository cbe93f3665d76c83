/**
 * The images in an archive: of an OCI image layout by index.json, of docker save by manifest.json; one may be both, as Docker's
 * are since version 25. Sources: image-spec image-layout.md; docs.docker.com/reference/api/engine, "Export an image".
 */

import { MiniDockerError } from '#core/errors'
import { type Digest, isDigest } from '#core/spec/digest'
import { annotations, type Descriptor, type ImageConfig, type Index, type Manifest, mediaTypes } from '#core/spec/image'
import { isIndex } from '../image/read.js'
import { digestOf } from '../store/content.js'
import { parseName } from '../store/image-name.js'
import type { Blob, Contents } from './contents.js'

export interface FoundImage {
  /** What index.json is to say; without annotations. */
  readonly target: Descriptor
  readonly names: readonly string[]
  /** All that it needs and that the archive has. */
  readonly blobs: readonly Digest[]
  /** The archive has no manifest, as docker's old format has none: one that was made of what it says. */
  readonly made: Buffer | null
  /** Digest of the config, the image's ID; null for an index. */
  readonly id: Digest | null
}

/** @throws MiniDockerError FailedPrecondition when it is none of both, or not whole */
export function readImages(contents: Contents): FoundImage[] {
  const tags = tagsOf(contents)
  const index = contents.json('index.json') as Partial<Index> | null
  if (index !== null) {
    if (!Array.isArray(index.manifests)) contents.fail("'index.json' has no manifests")
    return merged(index.manifests.map(entry => fromLayout(contents, checked(contents, entry), tags)))
  }
  const items = itemsOf(contents)
  if (items.length === 0) contents.fail("has neither a 'manifest.json' nor an 'index.json'")
  return merged(items.map(item => fromDocker(contents, item)))
}

/** An image with several names has an entry for each of them. */
function merged(found: readonly FoundImage[]): FoundImage[] {
  const images = new Map<Digest, FoundImage>()
  for (const image of found) {
    const before = images.get(image.target.digest)?.names ?? []
    images.set(image.target.digest, { ...image, names: [...new Set([...before, ...image.names])] })
  }
  return [...images.values()]
}

/** containerd's name of an image, and what docker and containerd write beside ref.name. */
const containerdName = 'io.containerd.image.name'

function fromLayout(contents: Contents, entry: Descriptor, tags: ReadonlyMap<string, readonly string[]>): FoundImage {
  const { annotations: said = {}, ...target } = entry
  const blobs = new Set<Digest>()
  const configs = addNeeded(contents, target, blobs)
  const own = said[containerdName] ?? said[annotations.refName]
  const id = isIndex(target) ? null : (configs[0] ?? null)
  const names = own === undefined ? configs.flatMap(config => tags.get(config) ?? []) : [own]
  return { target, names: [...new Set(names.map(name => nameIn(contents, name)))], blobs: [...blobs], made: null, id }
}

/** @returns digests of configs */
function addNeeded(contents: Contents, { digest, mediaType, size }: Descriptor, blobs: Set<Digest>): Digest[] {
  const blob = contents.byDigest(digest) ?? contents.fail(`blob ${digest} is missing`)
  if (blob.size !== size) contents.fail(`blob ${digest} has ${blob.size} bytes, not ${size}`)
  blobs.add(digest)
  const document = contents.json(pathOf(digest)) as Partial<Index & Manifest> | null
  if (isIndex({ mediaType })) {
    const children = listOf(contents, document?.manifests).map(child => checked(contents, child))
    // of an index those platforms that were asked for: the others need not be in the archive
    const there = children.filter(child => contents.byDigest(child.digest) !== null)
    if (there.length === 0) contents.fail(`index ${digest} comes without any of its images`)
    return there.flatMap(child => addNeeded(contents, child, blobs))
  }
  if (document?.config === undefined) contents.fail(`manifest ${digest} has no config`)
  const config = checked(contents, document.config)
  for (const { digest: needed, size: wanted } of [
    config,
    ...listOf(contents, document.layers).map(one => checked(contents, one)),
  ]) {
    const found = contents.byDigest(needed) ?? contents.fail(`blob ${needed} is missing`)
    if (found.size !== wanted) contents.fail(`blob ${needed} has ${found.size} bytes, not ${wanted}`)
    blobs.add(needed)
  }
  return [config.digest]
}

/** A line of docker's manifest.json. */
interface Item {
  readonly Config: string
  readonly RepoTags?: readonly string[] | null
  readonly Layers: readonly string[]
}

function itemsOf(contents: Contents): readonly Item[] {
  const items = contents.json('manifest.json')
  if (items === null) return []
  if (!Array.isArray(items)) contents.fail("'manifest.json' is no list")
  for (const item of items as Partial<Item>[]) {
    const isItem = typeof item?.Config === 'string' && Array.isArray(item.Layers) && item.Layers.every(isText)
    if (!isItem || !(item.RepoTags ?? []).every(isText)) contents.fail("'manifest.json' is none of docker save")
  }
  return items as readonly Item[]
}

const isText = (value: unknown): boolean => typeof value === 'string'

/** Names by the digest of the config. */
function tagsOf(contents: Contents): ReadonlyMap<string, readonly string[]> {
  const tags = new Map<string, readonly string[]>()
  for (const { Config, RepoTags } of itemsOf(contents)) {
    const digest = contents.blob(Config)?.digest
    if (digest !== undefined) tags.set(digest, [...(tags.get(digest) ?? []), ...(RepoTags ?? [])])
  }
  return tags
}

/** It has no manifest: one is made, around the config as it is, so that the image's ID stays what docker calls it. */
function fromDocker(contents: Contents, { Config, RepoTags, Layers }: Item): FoundImage {
  const config = contents.blob(Config) ?? contents.fail(`'${Config}' is missing`)
  const { rootfs, architecture, os, variant } = (contents.json(Config) ?? {}) as Partial<ImageConfig>
  const diffIds = rootfs?.diff_ids ?? []
  if (diffIds.length !== Layers.length)
    contents.fail(`'${Config}' names ${diffIds.length} layers, not ${Layers.length}`)
  const layers = Layers.map((at, i) => {
    const blob = contents.blob(at) ?? contents.fail(`'${at}' is missing`)
    if (blob.compression === 'none' && blob.digest !== diffIds[i]) {
      contents.fail(`'${at}' has the digest ${blob.digest}, its image says ${diffIds[i]}`)
    }
    return layerOf(blob)
  })
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: config.digest, size: config.size },
    layers,
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  const platform = { architecture: architecture ?? 'unknown', os: os ?? 'linux', ...(variant ? { variant } : {}) }
  return {
    target: { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.length, platform },
    names: [...new Set((RepoTags ?? []).map(name => nameIn(contents, name)))],
    blobs: [config.digest, ...layers.map(({ digest }) => digest)],
    made: bytes,
    id: config.digest,
  }
}

const layerTypes = { none: mediaTypes.layer, gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd } as const

const layerOf = ({ digest, size, compression }: Blob): Descriptor => ({
  mediaType: layerTypes[compression],
  digest,
  size,
})

/** Docker's own registry is who is meant when nobody is named. */
function nameIn(contents: Contents, text: string): string {
  try {
    return parseName(text.replace(/^docker\.io\/(library\/)?/, ''))
  } catch (error) {
    if (!(error instanceof MiniDockerError)) throw error
    return contents.fail(error.message)
  }
}

const pathOf = (digest: Digest): string => `blobs/sha256/${digest.slice('sha256:'.length)}`

function checked(contents: Contents, value: unknown): Descriptor {
  const { mediaType, digest, size } = (value ?? {}) as Partial<Descriptor>
  if (typeof mediaType === 'string' && typeof digest === 'string' && isDigest(digest) && Number.isSafeInteger(size)) {
    return value as Descriptor
  }
  return contents.fail(`has a descriptor that is none: ${JSON.stringify(value)}`)
}

function listOf(contents: Contents, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : contents.fail('has a manifest that is none')
}

/**
 * An image as a read-only value: the documents behind a name, followed from index to manifest to config, each verified by its
 * digest. Whatever changes an image makes another one. Source: image-spec manifest.md, image-index.md.
 */

import { fail } from '#core/errors'
import { type Digest, isDigest } from '#core/spec/digest'
import {
  type Descriptor,
  type ImageConfig,
  type Index,
  type Manifest,
  mediaTypes,
  type Platform,
} from '#core/spec/image'
import { chainIds } from '../parts-in-use.js'
import type { ContentStore } from '../store/content.js'
import { choosePlatform, platformText } from './platform.js'

export interface Layer {
  readonly descriptor: Descriptor
  /** Of the uncompressed tar. */
  readonly diffId: Digest
  /** Of this layer on those below it: the name of its snapshot. */
  readonly chainId: Digest
}

export interface Image {
  /** Of the manifest. */
  readonly descriptor: Descriptor
  readonly manifest: Manifest
  readonly config: ImageConfig
  /** Digest of the config: what `images` and `inspect` call the image's ID. */
  readonly id: Digest
  /** The lowest first. */
  readonly layers: readonly Layer[]
}

export const isIndex = ({ mediaType }: Pick<Descriptor, 'mediaType'>): boolean =>
  mediaType === mediaTypes.index || mediaType === mediaTypes.dockerList

/**
 * @param target an image's manifest, or an index of which the platform's is taken
 * @throws MiniDockerError NotFound when a document or the platform is not there, FailedPrecondition when one is malformed
 */
export function readImage(store: ContentStore, target: Descriptor, platform: Platform): Image {
  if (isIndex(target)) return readImage(store, manifestFor(store, target, platform), platform)
  const manifest = document<Manifest>(store, target.digest)
  if (manifest.config === undefined || !Array.isArray(manifest.layers)) malformed(target.digest, 'is no image manifest')
  const config = document<ImageConfig>(store, manifest.config.digest)
  const diffIds = config.rootfs?.diff_ids
  if (!Array.isArray(diffIds)) malformed(manifest.config.digest, 'is no image config: it has no rootfs.diff_ids')
  if (diffIds.length !== manifest.layers.length) {
    malformed(target.digest, `has ${manifest.layers.length} layers, its config ${diffIds.length}`)
  }
  // they become names of snapshots: another word could be that of a container's
  const odd = diffIds.find(one => typeof one !== 'string' || !isDigest(one))
  if (odd !== undefined) malformed(manifest.config.digest, `has a diff ID that is no sha256 digest: '${odd}'`)
  const chain = chainIds(diffIds)
  return {
    descriptor: target,
    manifest,
    config,
    id: manifest.config.digest,
    layers: manifest.layers.map((descriptor, i) => ({ descriptor, diffId: diffIds[i]!, chainId: chain[i]! })),
  }
}

/** The manifest of an index that this platform runs. @throws MiniDockerError NotFound naming those that are there */
export function manifestFor(store: ContentStore, index: Descriptor, platform: Platform): Descriptor {
  const { manifests } = document<Index>(store, index.digest)
  if (!Array.isArray(manifests)) malformed(index.digest, 'is no image index')
  const found = choosePlatform(manifests, platform)
  if (found !== undefined) return found
  const there = manifests.flatMap(one => (one.platform === undefined ? [] : [platformText(one.platform)]))
  return fail('NotFound', {
    what: `platform '${platformText(platform)}'`,
    why: `the image has ${there.length === 0 ? 'none' : there.join(', ')}`,
    hint: '--platform chooses one of them',
  })
}

function document<T>(store: ContentStore, digest: Digest): T {
  const bytes = store.read(digest)
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value as T
  } catch {
    // told below
  }
  return malformed(digest, 'is no JSON object')
}

const malformed = (digest: Digest, why: string): never =>
  fail('FailedPrecondition', {
    what: `blob '${digest}'`,
    why,
    hint: 'the image was made wrongly: build or load it again',
  })

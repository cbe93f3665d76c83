/** Makes images: layers that are in the store, and a config, become a manifest; the manifest gets a name. */

import type { Digest } from '#core/spec/digest'
import { type Descriptor, type ImageConfig, type Manifest, mediaTypes } from '#core/spec/image'
import type { Images } from '../images.js'
import type { Lease } from '../store/leases.js'

export interface NewLayer {
  readonly diffId: Digest
  readonly digest: Digest
  /** Bytes of the blob. */
  readonly size: number
  readonly mediaType: string
}

/**
 * Puts config and manifest in, and nothing is named yet. The same config and layers give the same digests.
 * @param lease keeps them until they have a name
 */
export function makeImage(
  images: Images,
  config: ImageConfig,
  layers: readonly Descriptor[],
  lease: Lease,
): Descriptor {
  const configBytes = Buffer.from(JSON.stringify(config))
  const configDigest = images.store.put(configBytes, lease)
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: configDigest, size: configBytes.length },
    layers,
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  const digest = images.store.put(bytes, lease)
  return { mediaType: mediaTypes.manifest, digest, size: bytes.length, platform: platformIn(config) }
}

const platformIn = ({ architecture, os, variant }: ImageConfig) => ({
  architecture,
  os,
  ...(variant === undefined ? {} : { variant }),
})

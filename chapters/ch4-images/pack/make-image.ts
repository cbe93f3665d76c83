/** Layers that were written, a config that says how they are run, and a name: an image. */

import type { ContainerConfig, Descriptor, History } from '#core/spec/image'
import { makeImage, type NewLayer } from '../image/make.js'
import type { Image } from '../image/read.js'
import type { Images } from '../images.js'
import type { Lease } from '../store/leases.js'
import { imageConfigOf, timeOf } from './config.js'

/** A layer and what the image's history says of it. */
export interface MadeLayer {
  readonly layer: NewLayer
  readonly said: string
  /** Seconds since 1970. */
  readonly created: number
}

export interface Packed {
  /** What it stands on: its layers come first. */
  readonly below?: Image
  /** Of its own, the lowest first. */
  readonly layers: readonly MadeLayer[]
  readonly config: ContainerConfig
  /** The whole name. */
  readonly name: string
  readonly lease: Lease
}

/** @returns the image's manifest */
export function nameImage(images: Images, { below, layers, config, name, lease }: Packed): Descriptor {
  const own: History[] = layers.map(({ said, created }) => ({ created: timeOf(created), created_by: said }))
  const image = imageConfigOf({
    platform: images.platform,
    config,
    diffIds: [...(below?.layers ?? []), ...layers.map(({ layer }) => layer)].map(({ diffId }) => diffId),
    history: [...(below?.config.history ?? []), ...own],
    created: Math.max(...layers.map(({ created }) => created)),
  })
  const descriptors = layers.map(({ layer: { mediaType, digest, size } }) => ({ mediaType, digest, size }))
  const target = makeImage(images, image, [...(below?.manifest.layers ?? []), ...descriptors], lease)
  images.names.set(name, target)
  return target
}

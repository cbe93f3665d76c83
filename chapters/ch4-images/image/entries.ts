/** Entries of the store as rows: an image for each name, and what can be said of it. */

import { errnoOf, MiniDockerError } from '#core/errors'
import type { Descriptor } from '#core/spec/image'
import type { Images } from '../images.js'
import { splitName } from '../store/image-name.js'
import { nameOf } from '../store/names.js'
import { type Image, type Layer, readImage } from './read.js'

export interface Entry {
  /** The manifest's or index's. */
  readonly target: Descriptor
  /** null: <none>. */
  readonly name: string | null
  /** This machine's platform of it; null when it has none, or is not whole. */
  readonly image: Image | null
  /** Digest of the config; of what cannot be read that of the entry. */
  readonly id: string
}

export function listEntries(images: Images): Entry[] {
  return images.names.list().map(target => entryOf(images, target))
}

export function entryOf(images: Images, target: Descriptor): Entry {
  const image = readOrNull(images, target)
  return { target, name: nameOf(target), image, id: image?.id ?? target.digest }
}

function readOrNull(images: Images, target: Descriptor): Image | null {
  try {
    return readImage(images.store, target, images.platform)
  } catch (error) {
    if (error instanceof MiniDockerError) return null // another machine's, or not whole: `verify` says what is missing
    throw error
  }
}

/** What it takes on this machine: its layers unpacked, and those that are not as they came. Shared ones count for each. */
export const sizeOf = (images: Images, image: Image): number =>
  image.layers.reduce((sum, layer) => sum + usageOrSize(images, layer), 0)

export function usageOrSize({ snapshotter }: Images, { descriptor, chainId }: Layer): number {
  if (snapshotter.stat(chainId) === null) return descriptor.size
  try {
    return snapshotter.usage(chainId).bytes
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return descriptor.size // of IDs that are not this user's: `df` counts them
    throw error
  }
}

export const repositoryAndTag = (name: string | null) =>
  name === null ? { repository: '<none>', tag: '<none>' } : splitName(name)

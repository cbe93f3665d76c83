/** Unpacks an image: each layer becomes a committed snapshot on top of the one below, if it is not there yet. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import { randomId } from '#core/sys/random'
import type { Images } from '../images.js'
import { commitOnce } from '../snapshot/commit-once.js'
import type { Lease } from '../store/leases.js'
import { callWorker } from '../worker/call.js'
import { meaningsIn } from '../worker/meanings.js'
import type { Image, Layer } from './read.js'

/**
 * @returns the chain ID of the topmost layer: the name of the snapshot to build on; null for an image without layers
 * @throws MiniDockerError also when a layer is not what the config says of it: nothing of that layer stays
 */
export async function unpackImage(
  images: Images,
  image: Image,
  lease: Lease,
  onProgress?: (layer: Layer, bytes: number) => void,
): Promise<Digest | null> {
  lease.keepSnapshot(...image.layers.map(({ chainId }) => chainId)) // at once: each time it is written anew
  const top = image.layers.at(-1)
  if (top !== undefined && images.snapshotter.stat(top.chainId) !== null) return top.chainId
  let parent: Digest | null = null
  for (const layer of image.layers) {
    if (images.snapshotter.stat(layer.chainId) === null) {
      await unpackLayerOn(images, layer, parent, lease, bytes => onProgress?.(layer, bytes))
    }
    parent = layer.chainId
  }
  return parent
}

async function unpackLayerOn(
  images: Images,
  { descriptor, diffId, chainId }: Layer,
  parent: Digest | null,
  lease: Lease,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const { snapshotter, store, at } = images
  fs.closeSync(store.open(descriptor.digest)) // says what is missing before anything is made
  const key = `unpack-${randomId()}`
  lease.keepSnapshot(key)
  const mount = snapshotter.prepare(key, parent)
  try {
    const blob = store.pathOf(descriptor.digest)
    const given = { blob, ...(await meaningsIn(blob)) }
    const unpacked = await callWorker({ job: 'unpack', arguments: given, mount, at, onProgress })
    if (unpacked.diffId !== diffId) {
      const isWhole = store.verify(descriptor.digest)
      fail('FailedPrecondition', {
        what: `layer '${descriptor.digest}'`,
        why: isWhole
          ? `unpacks to the diff ID ${unpacked.diffId}, its image says ${diffId}`
          : 'its bytes have another digest',
        hint: 'it was changed on its way here: load, build or pull it again',
      })
    }
    commitOnce(snapshotter, chainId, key)
  } catch (error) {
    snapshotter.remove(key)
    throw error
  }
}

/**
 * Layers are unpacked in their order while later ones are still on their way: the disk works while the network does. A layer goes
 * on top of the one below, so the lowest that is missing holds up the rest.
 */

import type { Part } from '#core/cli/progress'
import type { Digest } from '#core/spec/digest'
import type { Descriptor } from '#core/spec/image'
import { type Image, type Images, imageStore, type Lease } from '../../../ch4-images/index.js'

export interface Arriving {
  /** @param isOld it was here before */
  arrived(layer: Descriptor, part: Part, isOld: boolean): void
  failed(): void
  /** All is unpacked. */
  readonly done: Promise<void>
}

interface Arrived {
  readonly part: Part
  readonly isOld: boolean
}

export function unpackAsTheyCome({ images, lease }: { images: Images; lease: Lease }, image: Image): Arriving {
  const waiting = new Map<Digest, (one: Arrived | null) => void>()
  const coming = new Map<Digest, Promise<Arrived | null>>()
  for (const { descriptor } of image.layers) {
    if (!coming.has(descriptor.digest)) {
      coming.set(descriptor.digest, new Promise(resolve => waiting.set(descriptor.digest, resolve)))
    }
  }
  const unpack = async (): Promise<void> => {
    const { unpackImage } = await imageStore()
    for (const [index, { descriptor, chainId }] of image.layers.entries()) {
      const here = await coming.get(descriptor.digest)
      if (here == null) return
      const isThere = images.snapshotter.stat(chainId) !== null
      if (!isThere) here.part.turn('Extracting', descriptor.size)
      await unpackImage(images, { ...image, layers: image.layers.slice(0, index + 1) }, lease, (_, bytes) =>
        here.part.at(bytes),
      )
      here.part.done(here.isOld && isThere ? 'Already exists' : 'Pull complete')
    }
  }
  return {
    arrived(layer, part, isOld) {
      if (!isOld) part.turn('Download complete', null)
      waiting.get(layer.digest)?.({ part, isOld })
    },
    failed() {
      for (const resolve of waiting.values()) resolve(null)
    },
    done: unpack(),
  }
}

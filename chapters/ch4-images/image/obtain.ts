/** An image that somebody wants to use: the one that is here, or a ready-made one, made of this machine when it is first asked for. */

import { MiniDockerError } from '#core/errors'
import type { Platform } from '#core/spec/image'
import type { Images } from '../images.js'
import { findImage } from './find.js'
import type { Image } from './read.js'

/** @throws MiniDockerError NotFound when it is neither; what `findImage` throws */
export async function obtainImage(images: Images, who: string, platform?: Platform): Promise<Image> {
  try {
    return findImage(images, who, platform)
  } catch (error) {
    if (!(error instanceof MiniDockerError && error.class === 'NotFound')) throw error
    const { readyMade } = await import('../pack/ready-made.js')
    const make = readyMade(images, who)
    if (make === undefined) throw error
    await make()
    return findImage(images, who, platform)
  }
}

/**
 * Those of the chapter's parts that are plain functions and no passes, as they are called by whoever needs one: the reference,
 * or with --lab what a learner made of it. They are needed in many places that have nothing to do with each other, so they
 * are looked up here and not handed from one to the next.
 */

import type { Swap } from '#core/lab'
import type { Platform } from '#core/spec/image'
import { cacheKeyText as cacheKeyTextReference } from './build/cache-key.js'
import type { Image } from './image/read.js'
import type { Images } from './images.js'
import { meaningOf as meaningOfReference } from './layer/whiteout.js'
import { chainIds as chainIdsReference } from './snapshot/chain-id.js'
import { commitSteps as commitStepsReference } from './snapshot/commit-steps.js'
import { overlayOptions as overlayOptionsReference } from './snapshot/overlay-options.js'

/** How an image that somebody wants to use is come by. Loaded when it is needed: it needs the parts itself. */
const obtainReference = async (images: Images, who: string, platform?: Platform): Promise<Image> =>
  (await import('./image/obtain.js')).obtainImage(images, who, platform)

const reference = {
  chainIds: chainIdsReference,
  meaningOf: meaningOfReference,
  overlayOptions: overlayOptionsReference,
  commitSteps: commitStepsReference,
  cacheKeyText: cacheKeyTextReference,
  obtain: obtainReference,
}
export type PlainParts = typeof reference
let inUse = reference

/** Once, before anything is called. @param replaced by a later chapter: ch5's `obtain` pulls what is missing */
export function useParts(swap: Swap, replaced: Partial<PlainParts> = {}): void {
  const own = { ...reference, ...replaced }
  inUse = Object.fromEntries(Object.entries(own).map(([key, part]) => [key, swap(key, part)])) as PlainParts
}

/** Whether a learner's is in its place. */
export const isSwapped = (name: keyof typeof reference): boolean => inUse[name] !== reference[name]

export const chainIds: typeof chainIdsReference = (...input) => inUse.chainIds(...input)
export const meaningOf: typeof meaningOfReference = (...input) => inUse.meaningOf(...input)
export const overlayOptions: typeof overlayOptionsReference = (...input) => inUse.overlayOptions(...input)
export const commitSteps: typeof commitStepsReference = (...input) => inUse.commitSteps(...input)
export const cacheKeyText: typeof cacheKeyTextReference = (...input) => inUse.cacheKeyText(...input)
export const obtain: typeof obtainReference = (...input) => inUse.obtain(...input)

/**
 * The chapter's parts, all of them plain functions, as they are called by whoever needs one: the reference, or with --lab what a
 * learner made of it. As in ch4 they are looked up here, and not handed from one to the next. The page loads them, too: nothing of
 * Node's is needed here.
 */

import type { Swap } from '#core/lab'
import { pieceOf as pieceOfReference } from './client/transfer/after-piece.js'
import { afterUpload as afterUploadReference } from './client/transfer/after-upload.js'
import { covers as coversReference } from './protocol/scope.js'
import { readReference as readReferenceReference } from './reference/read.js'
import { garbageOf as garbageOfReference } from './server/gc/decide.js'

const reference = {
  readReference: readReferenceReference,
  pieceOf: pieceOfReference,
  afterUpload: afterUploadReference,
  covers: coversReference,
  garbageOf: garbageOfReference,
}
let inUse = reference

/** Once, before anything is called. */
export function useParts(swap: Swap): void {
  inUse = Object.fromEntries(Object.entries(reference).map(([key, part]) => [key, swap(key, part)])) as typeof reference
}

export const readReference: typeof readReferenceReference = (...input) => inUse.readReference(...input)
export const pieceOf: typeof pieceOfReference = (...input) => inUse.pieceOf(...input)
export const afterUpload: typeof afterUploadReference = (...input) => inUse.afterUpload(...input)
export const covers: typeof coversReference = (...input) => inUse.covers(...input)
export const garbageOf: typeof garbageOfReference = (...input) => inUse.garbageOf(...input)

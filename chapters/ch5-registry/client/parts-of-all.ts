/** The learner's parts of this chapter, and of ch4: what is pulled is unpacked by those. */

import type { Swap } from '#core/lab'
import { plainParts } from '../../ch4-images/index.js'
import { useParts } from '../parts-in-use.js'

/** Once, before anything is called. */
export async function usePartsOfAll(swap: Swap): Promise<void> {
  useParts(swap)
  ;(await plainParts()).useParts(swap)
}

/**
 * The chain ID names a stack of layers: a layer unpacked on top of others depends on what is below it, so its own diff ID is
 * not name enough. Two images that share their lowest layers share the chain IDs, and so the snapshots.
 * Source: image-spec config.md, "Layer ChainID".
 */

import type { Digest } from '#core/spec/digest'
import { digestOfText } from './digest-of-text.js'

// #region part
/** @param diffIds the lowest first @returns a chain ID for each of them: that of the stack up to it */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  // #region solution
  const chain: Digest[] = []
  for (const diffId of diffIds) {
    const below = chain.at(-1)
    chain.push(below === undefined ? diffId : digestOfText(`${below} ${diffId}`))
  }
  return chain
  // #endregion solution
}
// #endregion part

/**
 * The new layer first, as mount(2) lists them.
 *
 * @rejected on-what-is-below
 * @says that is the two the other way round
 */

import { digestOfText } from '#chapters/ch4-images/snapshot/digest-of-text'
import type { Digest } from '#core/spec/digest'

export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = []
  for (const diffId of diffIds) {
    const below = chain.at(-1)
    chain.push(below === undefined ? diffId : digestOfText(`${diffId} ${below}`))
  }
  return chain
}

/**
 * Counted from the top: the base has another name in each image.
 *
 * @rejected on-what-is-below
 * @says two layers: number 0
 */

import { digestOfText } from '#chapters/ch4-images/snapshot/digest-of-text'
import type { Digest } from '#core/spec/digest'

export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = []
  for (const diffId of [...diffIds].reverse()) {
    const below = chain.at(-1)
    chain.push(below === undefined ? diffId : digestOfText(`${below} ${diffId}`))
  }
  return chain.reverse()
}

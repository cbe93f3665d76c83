/**
 * The hexadecimal digits alone are hashed, without the algorithm's name.
 *
 * @rejected on-what-is-below
 * @says the digits alone
 */

import { digestOfText } from '#chapters/ch4-images/snapshot/digest-of-text'
import type { Digest } from '#core/spec/digest'

export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const hex = (digest: Digest): string => digest.slice('sha256:'.length)
  const chain: Digest[] = []
  for (const diffId of diffIds) {
    const below = chain.at(-1)
    chain.push(below === undefined ? diffId : digestOfText(`${hex(below)} ${hex(diffId)}`))
  }
  return chain
}

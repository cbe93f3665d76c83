/**
 * With a newline at the end, as echo(1) has it.
 *
 * @rejected on-what-is-below
 * @says a newline at the end
 */

import { digestOfText } from '#chapters/ch4-images/snapshot/digest-of-text'
import type { Digest } from '#core/spec/digest'

export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = []
  for (const diffId of diffIds) {
    const below = chain.at(-1)
    chain.push(below === undefined ? diffId : digestOfText(`${below} ${diffId}\n`))
  }
  return chain
}

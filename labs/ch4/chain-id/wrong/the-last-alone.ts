/**
 * The name of the whole image alone: there is nothing to find its base by.
 *
 * @rejected a-name-for-each
 * @says one layer:
 */

import { digestOfText } from '#chapters/ch4-images/snapshot/digest-of-text'
import type { Digest } from '#core/spec/digest'

export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const [first = '', ...more] = diffIds
  void first
  return more.reduce<Digest[]>(([below], diffId) => [digestOfText(`${below ?? first} ${diffId}`)], [])
}

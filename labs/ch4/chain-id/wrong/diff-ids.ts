/**
 * The diff IDs themselves: the same layer on another base would be taken for what lies here.
 *
 * @rejected on-what-is-below
 * @says the layer's own diff ID
 */

import type { Digest } from '#core/spec/digest'

export function chainIds(diffIds: readonly Digest[]): Digest[] {
  return [...diffIds]
}

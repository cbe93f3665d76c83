/**
 * The diff ID of the layer below, which does not know what is below that one.
 *
 * @rejected all-the-way-up
 * @says the diff ID of the layer below
 */

import { digestOfText } from '#chapters/ch4-images/snapshot/digest-of-text'
import type { Digest } from '#core/spec/digest'

export function chainIds(diffIds: readonly Digest[]): Digest[] {
  return diffIds.map((diffId, i) => (i === 0 ? diffId : digestOfText(`${diffIds[i - 1]} ${diffId}`)))
}

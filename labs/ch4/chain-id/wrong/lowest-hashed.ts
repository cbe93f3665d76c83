/**
 * The rule of all others used for the lowest one as well: nobody else calls it that.
 *
 * @rejected lowest-as-it-is
 * @says the digest of its diff ID
 */

import { digestOfText } from '#chapters/ch4-images/snapshot/digest-of-text'
import type { Digest } from '#core/spec/digest'

export function chainIds(diffIds: readonly Digest[]): Digest[] {
  let below = ''
  return diffIds.map(diffId => {
    below = digestOfText(below === '' ? diffId : `${below} ${diffId}`)
    return below
  })
}

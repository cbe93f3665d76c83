/**
 * All diff IDs in one text: right for two layers, and never again.
 *
 * @rejected all-the-way-up
 * @says all diff IDs in one text
 */

import { digestOfText } from '#chapters/ch4-images/snapshot/digest-of-text'
import type { Digest } from '#core/spec/digest'

export function chainIds(diffIds: readonly Digest[]): Digest[] {
  return diffIds.map((diffId, i) => (i === 0 ? diffId : digestOfText(diffIds.slice(0, i + 1).join(' '))))
}

/**
 * Written into the topmost layer, which all other containers of the image read.
 *
 * @rejected writes-into-its-own
 * @says one of the lower ones
 */

import type { Stack } from '#chapters/ch4-images/snapshot/overlay-options'
import type { RootMount } from '#chapters/ch4-images/snapshot/snapshotter'

export function overlayOptions({ root, below, own, rootless }: Stack): RootMount {
  const lower = below.map(directory => `${directory}/fs`).reverse()
  const [top] = lower
  if (top === undefined) return { type: 'bind', source: `${root}/${own}/fs`, readonly: false }
  if (own === null && lower.length === 1) return { type: 'bind', source: `${root}/${top}`, readonly: true }
  return {
    type: 'overlay',
    base: root,
    lower,
    upper: own === null ? null : top,
    work: own === null ? null : `${own}/work`,
    options: rootless ? ['index=off', 'userxattr'] : ['index=off', 'metacopy=off', 'redirect_dir=off'],
  }
}

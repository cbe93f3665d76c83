/**
 * The kernel's own defaults: where it is built so, a renamed directory is a reference into another layer.
 *
 * @rejected layers-stay-plain
 * @says is not among them
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
    upper: own === null ? null : `${own}/fs`,
    work: own === null ? null : `${own}/work`,
    options: rootless ? ['userxattr'] : [],
  }
}

/**
 * The work directory inside upper: the kernel refuses that, and the container would see it.
 *
 * @rejected writes-into-its-own
 * @says in upper
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
    work: own === null ? null : `${own}/fs/work`,
    options: rootless ? ['index=off', 'userxattr'] : ['index=off', 'metacopy=off', 'redirect_dir=off'],
  }
}

/**
 * The snapshot's directory is bound, not the files in it: the container would see fs and work.
 *
 * @rejected one-alone
 * @says 7 is bound
 */

import type { Stack } from '#chapters/ch4-images/snapshot/overlay-options'
import type { RootMount } from '#chapters/ch4-images/snapshot/snapshotter'

export function overlayOptions({ root, below, own, rootless }: Stack): RootMount {
  const lower = below.map(directory => `${directory}/fs`).reverse()
  const [top] = lower
  if (top === undefined) return { type: 'bind', source: `${root}/${own}`, readonly: false }
  if (own === null && lower.length === 1) return { type: 'bind', source: `${root}/${top}`, readonly: true }
  return {
    type: 'overlay',
    base: root,
    lower,
    upper: own === null ? null : `${own}/fs`,
    work: own === null ? null : `${own}/work`,
    options: rootless ? ['index=off', 'userxattr'] : ['index=off', 'metacopy=off', 'redirect_dir=off'],
  }
}

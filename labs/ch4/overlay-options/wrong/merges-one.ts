/**
 * An overlay in any case, also of one directory: with nothing below there is no lowerdir, which is an error.
 *
 * @rejected one-alone
 * @says an overlay
 */

import type { Stack } from '#chapters/ch4-images/snapshot/overlay-options'
import type { RootMount } from '#chapters/ch4-images/snapshot/snapshotter'

export function overlayOptions({ root, below, own, rootless }: Stack): RootMount {
  const lower = below.map(directory => `${directory}/fs`).reverse()
  return {
    type: 'overlay',
    base: root,
    lower,
    upper: own === null ? null : `${own}/fs`,
    work: own === null ? null : `${own}/work`,
    options: rootless ? ['index=off', 'userxattr'] : ['index=off', 'metacopy=off', 'redirect_dir=off'],
  }
}

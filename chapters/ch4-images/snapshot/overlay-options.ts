/**
 * How a stack of directories is mounted: one alone is bound, more are an overlay. Source: overlayfs.rst, "Upper and Lower",
 * "Multiple lower layers".
 *
 * The directories are named relative to the snapshots' root: mount(2) takes one page of options, and "17/fs:" a layer lets
 * hundreds of them fit, where absolute paths are at their end after some forty.
 */

import type { RootMount } from './snapshotter.js'

export interface Stack {
  /** Absolute. Every directory below is one of its own. */
  readonly root: string
  /** The directories of committed snapshots, the lowest first: what is in each lies in `<directory>/fs`. */
  readonly below: readonly string[]
  /** The directory of an active snapshot, which holds `fs` and `work`; null for a view. */
  readonly own: string | null
  /** In a user namespace: marks are `user.overlay.*` there. */
  readonly rootless: boolean
}

// #region part
/** @param stack has at least one directory in all */
export function overlayOptions({ root, below, own, rootless }: Stack): RootMount {
  // #region solution
  const lower = below.map(directory => `${directory}/fs`).reverse()
  const [top] = lower
  // overlayfs wants a lower directory; and to read one directory, nothing needs to be merged
  if (top === undefined) return { type: 'bind', source: `${root}/${own}/fs`, readonly: false }
  if (own === null && lower.length === 1) return { type: 'bind', source: `${root}/${top}`, readonly: true }
  return {
    type: 'overlay',
    base: root,
    lower,
    upper: own === null ? null : `${own}/fs`,
    work: own === null ? null : `${own}/work`,
    options: plainLayers(rootless),
  }
  // #endregion solution
}
// #endregion part

/**
 * Nothing in a layer may need another to be understood: no redirects, no files without their content. Where the marks are
 * `user.overlay.*` there can be none, and overlayfs refuses to hear of them (EINVAL: "conflicting options").
 */
export const plainLayers = (rootless: boolean): readonly string[] =>
  rootless ? ['index=off', 'userxattr'] : ['index=off', 'metacopy=off', 'redirect_dir=off']

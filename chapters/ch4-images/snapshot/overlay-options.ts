/**
 * How a stack of directories is mounted: one alone is bound, more are an overlay. Source: overlayfs.rst, "Upper and Lower",
 * "Multiple lower layers".
 *
 * The directories are named relative to the snapshots' root: mount(2) takes one page of options, and "17/fs:" a layer lets
 * all 500 of them fit that overlayfs allows, where absolute paths are at their end after some forty.
 */

import type { RootMount } from './snapshotter.js'

export interface Stack {
  /** Absolute. */
  readonly root: string
  /** Relative to root, the topmost first. */
  readonly lower: readonly string[]
  /** The directory of an active snapshot, which holds `fs` and `work`; null for a view. */
  readonly own: string | null
  readonly rootless: boolean
}

// #region part
export function overlayOptions({ root, lower, own, rootless }: Stack): RootMount {
  // #region solution
  const bottom = lower[0]
  // overlayfs wants a lower directory; and to read one directory, nothing needs to be merged
  if (bottom === undefined) return { type: 'bind', source: `${root}/${own}/fs`, readonly: own === null }
  if (own === null && lower.length === 1) return { type: 'bind', source: `${root}/${bottom}`, readonly: true }
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

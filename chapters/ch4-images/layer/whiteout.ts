/**
 * Whiteouts: how a layer, which can only add, says that something of the layers below is gone. The word is a file's name
 * in the same directory, its content means nothing.
 *
 *     etc/.wh.motd        etc/motd is gone
 *     etc/.wh..wh..opq    all of etc that came from below is gone ("opaque")
 *     .wh..wh.anything    AUFS's own, reserved: to be ignored
 *
 * Source: image-spec, layer.md, "Whiteouts".
 */

export type Meaning =
  | { readonly kind: 'plain' }
  /** `name` of the same directory is gone. */
  | { readonly kind: 'whiteout'; readonly name: string }
  | { readonly kind: 'opaque' }
  | { readonly kind: 'reserved' }
  /** It begins like a whiteout, and can be none. */
  | { readonly kind: 'invalid' }

/** What a mark is about: the path that is gone, or the directory of which all is gone, '' for the root. */
export interface Mark {
  readonly kind: 'whiteout' | 'opaque'
  readonly path: string
}

const PREFIX = '.wh.'
const RESERVED = '.wh..wh.'
export const OPAQUE = '.wh..wh..opq'

// #region part
/** What a file's name, the last component of its path, means in a layer. */
export function meaningOf(name: string): Meaning {
  // #region solution-meaning
  if (!name.startsWith(PREFIX)) return { kind: 'plain' }
  // the order matters: the opaque mark is one of the reserved names, and those would be whiteouts
  if (name === OPAQUE) return { kind: 'opaque' }
  if (name.startsWith(RESERVED)) return { kind: 'reserved' }
  const hidden = name.slice(PREFIX.length)
  // `.wh...` would remove the parent
  return hidden === '' || hidden === '.' || hidden === '..' ? { kind: 'invalid' } : { kind: 'whiteout', name: hidden }
  // #endregion solution-meaning
}

/**
 * Whether the mark makes `path` of the merged tree go away. Marks count for what is below alone: what the same layer brings
 * stays, wherever in the archive it stands. @param brought whether it is of this layer
 */
export function hides(mark: Mark, path: string, brought: boolean): boolean {
  // #region solution-hides
  if (brought) return false
  if (mark.kind === 'whiteout' && path === mark.path) return true
  return mark.path === '' ? path !== '' : path.startsWith(`${mark.path}/`)
  // #endregion solution-hides
}
// #endregion part

/** The name that says that `name` is gone. */
export const whiteoutOf = (name: string): string => PREFIX + name

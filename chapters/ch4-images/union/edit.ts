/** The two ways in which upper changes: something comes up from below, or an entry is put in the place of another. */

import type { UnionEvent } from './model.js'
import { bytesIn, type DirectoryNode, type Found, namesOf, type Tree, type TreeNode, type Union } from './tree.js'
import type { Place } from './walk.js'

// #region copy-up
/**
 * Brings a place into upper, its directories first, from the top down: a copy has to lie somewhere. What is in upper already
 * costs nothing. A directory comes without what it holds: the rest still shows through.
 * @param bytes of a file that are copied, when it is not to be copied whole
 */
export function copyUp(union: Union, place: Place | null, bytes?: number): Change {
  if (place === null || place.found.upper !== null) return { union, events: [] }
  const { union: above, events } = copyUp(union, place.parent)
  const [{ layer, node }] = place.found.lowers as [Found['lowers'][number]]
  const copy = node.kind === 'directory' ? { ...node, opaque: false, entries: new Map<string, TreeNode>() } : node
  const event = { event: 'copy-up', path: place.path, layer, bytes: bytes ?? bytesIn(copy) } as const
  return { union: replaceEntry(above, place, copy), events: [...events, event] }
}
// #endregion copy-up

interface Change {
  readonly union: Union
  readonly events: readonly UnionEvent[]
}

/** Upper with another entry at that place, or none: its directory is in upper. */
export function replaceEntry({ upper, lowers }: Union, { path }: Place, node: TreeNode | null): Union {
  return { upper: inserted(upper, namesOf(path)!, node) as Tree, lowers }
}

function inserted(tree: DirectoryNode, [name, ...rest]: readonly string[], node: TreeNode | null): TreeNode | null {
  if (name === undefined) return node
  const child = tree.entries.get(name)
  const next = rest.length === 0 ? node : inserted(child as DirectoryNode, rest, node)
  const entries = new Map(tree.entries)
  if (next === null) entries.delete(name)
  else entries.set(name, next)
  return { ...tree, entries }
}

/**
 * Between the two ways to write down what is gone. The kernel's: a device 0/0 in the place of the name, a mark on the
 * directory. A layer's, which must be a tar that everybody can read: an empty file `.wh.name` beside, `.wh..wh..opq` within.
 *
 * image-spec, layer.md: "Whiteouts", "Opaque Whiteout".
 */

import { meaningOf, OPAQUE, whiteoutOf } from '../layer/whiteout.js'
import {
  type DirectoryNode,
  emptyTree,
  type Found,
  lookupIn,
  namesIn,
  rootOf,
  shown,
  type Tree,
  type TreeNode,
  type Union,
  whiteout,
} from './tree.js'

const mark: TreeNode = { kind: 'file', content: '', mode: 0 }

// #region to-layer
/** Upper as a layer has it: the same files, and a file for each mark. */
export function toLayer(upper: DirectoryNode): DirectoryNode {
  const entries = new Map<string, TreeNode>()
  if (upper.opaque) entries.set(OPAQUE, mark)
  for (const [name, node] of upper.entries) {
    if (node.kind === 'whiteout') entries.set(whiteoutOf(name), mark)
    else entries.set(name, node.kind === 'directory' ? toLayer(node) : node)
  }
  return { ...upper, opaque: false, entries }
}
// #endregion to-layer

/** And back: a layer as a lower directory of overlayfs. */
export function fromLayer(layer: DirectoryNode): DirectoryNode {
  const entries = new Map<string, TreeNode>()
  for (const [name, node] of layer.entries) {
    const meaning = meaningOf(name)
    if (meaning.kind === 'whiteout') entries.set(meaning.name, whiteout)
    if (meaning.kind === 'plain') entries.set(name, node.kind === 'directory' ? fromLayer(node) : node)
  }
  return { ...layer, opaque: layer.entries.has(OPAQUE), entries }
}

// #region apply-layer
/**
 * A plain tree after a layer was put on it, which is what unpacking does. Marks count for what was there before, not for
 * what the layer brings itself, in whichever order its entries come.
 */
export function applyLayer(base: DirectoryNode, layer: DirectoryNode): DirectoryNode {
  const entries = new Map(layer.entries.has(OPAQUE) ? [] : base.entries)
  for (const name of layer.entries.keys()) {
    const meaning = meaningOf(name)
    if (meaning.kind === 'whiteout') entries.delete(meaning.name)
  }
  for (const [name, node] of layer.entries) {
    if (meaningOf(name).kind !== 'plain') continue
    const old = entries.get(name)
    if (node.kind === 'directory') entries.set(name, applyLayer(old?.kind === 'directory' ? old : emptyTree, node))
    else entries.set(name, node)
  }
  return { kind: 'directory', mode: layer.mode, opaque: false, entries }
}
// #endregion apply-layer

/** What merged shows, as a plain tree: no marks are left in it. */
export const merged = (union: Union): Tree => mergedIn(rootOf(union)) as Tree

function mergedIn(found: Found): TreeNode {
  const node = shown(found)!
  if (node.kind !== 'directory') return node
  const entries = new Map(namesIn(found).map(name => [name, mergedIn(lookupIn(found, name))] as const))
  return { kind: 'directory', mode: node.mode, opaque: false, entries }
}

/**
 * A model of overlayfs: what each operation in merged does to upper. Lower layers are never changed, which is all of its
 * secret. It says what happened as events, and refuses with the errno that the kernel gives, when the kernel is mounted with
 * `index=off,metacopy=off,redirect_dir=off`, as here. Test and page run this same file; the test beside a real mount.
 *
 * Where it does less: paths are walked without following symlinks (ELOOP, as openat2's RESOLVE_NO_SYMLINKS says), and hard
 * links, owners and times are left out: nothing in the choice between copy-up, whiteout and opaque depends on them.
 *
 * Sources: overlayfs.rst; fs/overlayfs/{namei,dir,copy_up}.c.
 */

import { copyUp, replaceEntry } from './edit.js'
import {
  bytesOf,
  type Errno,
  emptyTree,
  lookupIn,
  namesIn,
  shown,
  type TreeNode,
  type Union,
  type WhiteoutNode,
  whiteout,
} from './tree.js'
import { again, type Place, parentOf, resolve } from './walk.js'

export type Operation =
  /** open(2) with O_CREAT and O_TRUNC, and a write */
  | { readonly op: 'write'; readonly path: string; readonly content: string }
  /** open(2) with O_APPEND of a file that is there */
  | { readonly op: 'append'; readonly path: string; readonly content: string }
  | { readonly op: 'mkdir'; readonly path: string }
  /** unlink(2), of an empty directory rmdir(2) */
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'rename'; readonly from: string; readonly to: string }
  | { readonly op: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly op: 'symlink'; readonly path: string; readonly target: string }

/** What was done in upper, in order. `layer` is an index into `lowers`. */
export type UnionEvent =
  | { readonly event: 'copy-up'; readonly path: string; readonly layer: number; readonly bytes: number }
  | { readonly event: 'created'; readonly path: string; readonly kind: 'file' | 'directory' | 'symlink' }
  | { readonly event: 'written'; readonly path: string; readonly bytes: number }
  | { readonly event: 'mode'; readonly path: string; readonly mode: number }
  | { readonly event: 'whiteout'; readonly path: string; readonly layer: number }
  | { readonly event: 'whiteout-replaced'; readonly path: string }
  | { readonly event: 'opaque'; readonly path: string }
  | { readonly event: 'removed'; readonly path: string }
  | { readonly event: 'moved'; readonly from: string; readonly to: string }

export interface Done {
  readonly union: Union
  readonly events: readonly UnionEvent[]
}
export interface Refused {
  readonly errno: Errno
}
export type Outcome = Done | Refused

export const isDone = (outcome: Outcome): outcome is Done => 'union' in outcome

const refused = (errno: Errno): Refused => ({ errno })

/** One operation in merged. The union that is passed stays as it is. */
export function perform(union: Union, operation: Operation): Outcome {
  switch (operation.op) {
    case 'write':
      return write(union, operation.path, operation.content)
    case 'append':
      return append(union, operation.path, operation.content)
    case 'mkdir':
      return mkdir(union, operation.path)
    case 'remove':
      return remove(union, operation.path)
    case 'rename':
      return rename(union, operation.from, operation.to)
    case 'chmod':
      return chmod(union, operation.path, operation.mode)
    case 'symlink':
      return symlink(union, operation.path, operation.target)
  }
}

function write(union: Union, path: string, content: string): Outcome {
  const place = parentOf(union, path)
  if (typeof place === 'string') return refused(place)
  if (place.name === '') return refused('EISDIR')
  const node = shown(place.found)
  if (node?.kind === 'directory') return refused('EISDIR')
  if (node?.kind === 'symlink') return refused('ELOOP')
  if (node === null) return create(union, place, { kind: 'file', content, mode: 0o644 })
  // O_TRUNC: the file is copied up without the bytes that are about to go
  const { union: above, events } = copyUp(union, place, 0)
  const file = { kind: 'file', content, mode: node.mode } as const
  return {
    union: replaceEntry(above, place, file),
    events: [...events, { event: 'written', path: place.path, bytes: bytesOf(content) }],
  }
}

function append(union: Union, path: string, content: string): Outcome {
  const place = resolve(union, path)
  if (typeof place === 'string') return refused(place)
  const node = shown(place.found)!
  if (node.kind === 'directory') return refused('EISDIR')
  if (node.kind === 'symlink') return refused('ELOOP')
  // a line more, and the whole file is copied first
  const { union: above, events } = copyUp(union, place)
  return {
    union: replaceEntry(above, place, { ...node, content: node.content + content }),
    events: [...events, { event: 'written', path: place.path, bytes: bytesOf(content) }],
  }
}

function chmod(union: Union, path: string, mode: number): Outcome {
  const place = resolve(union, path)
  if (typeof place === 'string') return refused(place)
  const { union: above, events } = copyUp(union, place)
  const node = shown(again(above, place).found)!
  if (node.kind === 'symlink') return refused('ELOOP')
  return {
    union: replaceEntry(above, place, { ...node, mode }),
    events: [...events, { event: 'mode', path: place.path, mode }],
  }
}

type Created = Exclude<TreeNode, WhiteoutNode>

/** A name that merged does not have: its directory is copied up, and a whiteout that is in the way is replaced. */
function create(union: Union, place: Place, node: Created): Done {
  const { union: above, events } = copyUp(union, place.parent)
  const { path, found } = place
  // where a whiteout was, something is below: what is new must not let it shine through
  const created = found.upper?.kind === 'whiteout' ? opaque(node) : node
  return {
    union: replaceEntry(above, place, created),
    events: [
      ...events,
      ...replacing(place),
      { event: 'created', path, kind: node.kind },
      ...(isOpaque(created) ? [{ event: 'opaque', path } as const] : []),
    ],
  }
}

const opaque = <Node extends TreeNode>(node: Node): Node =>
  node.kind === 'directory' ? { ...node, opaque: true } : node

const isOpaque = (node: TreeNode): boolean => node.kind === 'directory' && node.opaque

const replacing = ({ path, found }: Place): UnionEvent[] =>
  found.upper?.kind === 'whiteout' ? [{ event: 'whiteout-replaced', path }] : []

function mkdir(union: Union, path: string): Outcome {
  const place = parentOf(union, path)
  if (typeof place === 'string') return refused(place)
  return shown(place.found) === null ? create(union, place, emptyTree) : refused('EEXIST')
}

function symlink(union: Union, path: string, target: string): Outcome {
  const place = parentOf(union, path)
  if (typeof place === 'string') return refused(place)
  return shown(place.found) === null ? create(union, place, { kind: 'symlink', target }) : refused('EEXIST')
}

// #region remove
function remove(union: Union, path: string): Outcome {
  const place = resolve(union, path)
  if (typeof place === 'string') return refused(place)
  if (place.parent === null) return refused('EBUSY')
  if (namesIn(place.found).length > 0) return refused('ENOTEMPTY')
  const { union: above, events } = copyUp(union, place.parent)
  const { union: gone, event } = withdrawn(above, place)
  return { union: gone, events: [...events, event] }
}

/** Takes a name out of upper. What lies in a lower layer cannot be removed: it is covered. */
function withdrawn(union: Union, place: Place): { readonly union: Union; readonly event: UnionEvent } {
  const { path, name, parent } = place
  const below = lookupIn({ upper: null, lowers: parent!.found.lowers }, name).lowers[0]
  return below === undefined
    ? { union: replaceEntry(union, place, null), event: { event: 'removed', path } }
    : { union: replaceEntry(union, place, whiteout), event: { event: 'whiteout', path, layer: below.layer } }
}
// #endregion remove

function rename(union: Union, from: string, to: string): Outcome {
  const [source, target] = [parentOf(union, from), parentOf(union, to)]
  if (typeof source === 'string') return refused(source)
  if (typeof target === 'string') return refused(target)
  if (source.parent === null || target.parent === null) return refused('EBUSY')
  const [node, old] = [shown(source.found), shown(target.found)]
  if (node === null) return refused('ENOENT')
  if (`${target.path}/`.startsWith(`${source.path}/`) && target.path !== source.path) return refused('EINVAL')
  if (`${source.path}/`.startsWith(`${target.path}/`) && target.path !== source.path) return refused('ENOTEMPTY')
  if (source.path === target.path) return { union, events: [] }
  if (old !== null && node.kind === 'directory' && old.kind !== 'directory') return refused('ENOTDIR')
  if (old !== null && node.kind !== 'directory' && old.kind === 'directory') return refused('EISDIR')
  // a directory with parts below would have to be copied with all that it holds: whoever asked may do that (mv does)
  if (node.kind === 'directory' && (source.found.upper === null || source.found.lowers.length > 0))
    return refused('EXDEV')
  if (old !== null && namesIn(target.found).length > 0) return refused('ENOTEMPTY')
  const first = copyUp(union, source)
  const second = copyUp(first.union, again(first.union, target.parent))
  const own = shown(again(second.union, source).found)!
  // a directory comes to where layers below may have one of that name: it must not let that shine through
  const moved = again(second.union, target.parent).found.lowers.length > 0 ? opaque(own) : own
  const there = replaceEntry(second.union, target, moved)
  const { union: gone, event } = withdrawn(there, source)
  return {
    union: gone,
    events: [
      ...first.events,
      ...second.events,
      ...replacing(target),
      { event: 'moved', from: source.path, to: target.path },
      ...(isOpaque(moved) && !isOpaque(node) ? [{ event: 'opaque', path: target.path } as const] : []),
      ...(event.event === 'whiteout' ? [event] : []),
    ],
  }
}

/** The upper becomes the topmost lower, and a new one is empty: what a commit does, a layer more. */
export const commit = ({ upper, lowers }: Union): Union => ({ upper: emptyTree, lowers: [upper, ...lowers] })

/** What the overlay explorer draws and says, from the model that the tests compare with the kernel: pure. */

import { toLayer } from '#chapters/ch4-images/union/layer'
import { commit, isDone, perform, type UnionEvent } from '#chapters/ch4-images/union/model'
import {
  bytesIn,
  type DirectoryNode,
  type Errno,
  type Found,
  lookupIn,
  namesIn,
  rootOf,
  shown,
  type TreeNode,
  type Union,
} from '#chapters/ch4-images/union/tree'
import { parentOf } from '#chapters/ch4-images/union/walk'
import type { Language, Words } from '../words.js'
import { type Command, firstStack, type Preset, type Stack } from './overlay-stack.js'

/** How marks are drawn: as overlayfs keeps them, or as the files that a layer has for them. */
export type Look = 'kernel' | 'oci'

export interface Row {
  readonly path: string
  readonly name: string
  readonly depth: number
  readonly kind: TreeNode['kind']
  readonly opaque: boolean
  /** Of a file its first line, of a symlink where it leads. */
  readonly content: string
  readonly bytes: number
}
export interface LayerRow extends Row {
  /** Of a lower layer: merged does not show it. */
  readonly hidden: boolean
}
export interface MergedRow extends Row {
  /** Index of the lower layer that it comes from, null for upper. */
  readonly layer: number | null
}

const rowOf = (path: string, node: TreeNode): Row => ({
  path,
  name: path.slice(path.lastIndexOf('/') + 1),
  depth: path.split('/').length - 2,
  kind: node.kind,
  opaque: node.kind === 'directory' && node.opaque,
  content: node.kind === 'file' ? firstLine(node.content) : node.kind === 'symlink' ? `→ ${node.target}` : '',
  bytes: bytesIn(node),
})

const firstLine = (content: string): string => content.split('\n')[0]!.replace(/[^ -~]/g, '')

function rowsBelow(directory: DirectoryNode, path = ''): Row[] {
  return [...directory.entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, node]) => {
      const at = `${path}/${name}`
      return [rowOf(at, node), ...(node.kind === 'directory' ? rowsBelow(node, at) : [])]
    })
}

/** @param layer its index, null for upper */
export function layerRows(union: Union, layer: number | null, look: Look): LayerRow[] {
  const tree = layer === null ? union.upper : union.lowers[layer]!
  return rowsBelow(look === 'oci' ? toLayer(tree) : tree).map(row => ({ ...row, hidden: isHidden(union, layer, row) }))
}

function isHidden(union: Union, layer: number | null, { path, name, kind }: Row): boolean {
  if (layer === null || kind === 'whiteout' || name.startsWith('.wh.')) return false
  const place = parentOf(union, path)
  return typeof place === 'string' || !place.found.lowers.some(one => one.layer === layer)
}

export function mergedRows(union: Union, directory: Found = rootOf(union), path = ''): MergedRow[] {
  return namesIn(directory).flatMap(name => {
    const [found, at] = [lookupIn(directory, name), `${path}/${name}`]
    const node = shown(found)!
    const layer = found.upper === null ? found.lowers[0]!.layer : null
    // the mark is upper's, and no business of who looks at merged
    const row = { ...rowOf(at, node), opaque: false, layer }
    return [row, ...(node.kind === 'directory' ? mergedRows(union, found, at) : [])]
  })
}

export interface Said {
  readonly typed: string
  readonly events: readonly UnionEvent[]
  readonly errno: Errno | null
  /** The names of the layers when it was done. */
  readonly names: Stack['names']
}

/** One command. What it does to upper is said, and where it is refused nothing changes. */
export function run(stack: Stack, command: Command): { readonly stack: Stack; readonly said: Said } {
  const { union, names } = stack
  const typed = typedOf(command)
  if (command.op === 'commit') {
    const number = union.lowers.length + 1
    const name = { en: `layer ${number}`, zh: `第 ${number} 层` }
    return {
      stack: { union: commit(union), names: [name, ...names] },
      said: { typed, events: [], errno: null, names },
    }
  }
  const done = command.op === 'remove-all' ? removeAll(union, command.path) : perform(union, command)
  if (!isDone(done)) return { stack, said: { typed, events: [], errno: done.errno, names } }
  return { stack: { union: done.union, names }, said: { typed, events: done.events, errno: null, names } }
}

/** As rm does: what is in a directory first, and then itself. */
function removeAll(union: Union, path: string): ReturnType<typeof perform> {
  const place = parentOf(union, path)
  if (typeof place === 'string') return { errno: place }
  let current = union
  const events: UnionEvent[] = []
  const inside = namesIn(place.found).map(name => `${place.path}/${name}`)
  for (const one of inside) {
    const done = removeAll(current, one)
    if (!isDone(done)) return done
    current = done.union
    events.push(...done.events)
  }
  const done = perform(current, { op: 'remove', path })
  return isDone(done) ? { union: done.union, events: [...events, ...done.events] } : done
}

/** A preset, from the beginning. */
export function play({ commands }: Preset): { readonly stack: Stack; readonly said: readonly Said[] } {
  let stack = firstStack
  const said = commands.map(command => {
    const after = run(stack, command)
    stack = after.stack
    return after.said
  })
  return { stack, said }
}

export function typedOf(command: Command): string {
  switch (command.op) {
    case 'write':
      return `echo '${firstLine(command.content)}' > ${command.path}`
    case 'append':
      return `echo '${firstLine(command.content)}' >> ${command.path}`
    case 'mkdir':
      return `mkdir ${command.path}`
    case 'remove':
      return `rm ${command.path}`
    case 'remove-all':
      return `rm -r ${command.path}`
    case 'rename':
      return `mv ${command.from} ${command.to}`
    case 'chmod':
      return `chmod ${command.mode.toString(8)} ${command.path}`
    case 'symlink':
      return `ln -s ${command.target} ${command.path}`
    case 'commit':
      return 'commit'
  }
}

export function sentenceOf(event: UnionEvent, { names }: Said, say: Words['overlay'], language: Language): string {
  const layer = 'layer' in event ? names[event.layer]![language] : ''
  switch (event.event) {
    case 'copy-up':
      return say.events.copyUp(event.path, layer, event.bytes === 0 ? null : sizeOf(event.bytes))
    case 'whiteout':
      return say.events.whiteout(event.path, layer)
    case 'written':
      return say.events.written(event.path, sizeOf(event.bytes))
    case 'mode':
      return say.events.mode(event.path, event.mode.toString(8))
    case 'moved':
      return say.events.moved(event.from, event.to)
    case 'whiteout-replaced':
      return say.events.replaced(event.path)
    default:
      return say.events[event.event](event.path)
  }
}

/** The paths that a command touched in upper. */
export const touched = (said: readonly Said[]): ReadonlySet<string> =>
  new Set(said.flatMap(({ events }) => events.map(event => (event.event === 'moved' ? event.to : event.path))))

/** 12 B, 41 kB, 97 MB: in powers of ten, as disks are sold. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  return `${(bytes / 1_000_000).toFixed(1).replace(/\.0$/, '')} MB`
}

export const bytesOfStack = ({ upper, lowers }: Union): number =>
  [upper, ...lowers].reduce((sum, tree) => sum + bytesIn(tree), 0)

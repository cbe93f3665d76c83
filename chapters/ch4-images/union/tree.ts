/**
 * Trees of the overlay model: what a layer holds, and how a name is looked up through all of them. Plain values that are
 * never changed: an operation makes new ones. Pure, so that a page in a browser runs it as well as a test.
 *
 * overlayfs(5): Documentation/filesystems/overlayfs.rst, "Upper and Lower", "whiteouts and opaque directories".
 */

export interface FileNode {
  readonly kind: 'file'
  readonly content: string
  readonly mode: number
  /** Bytes of a large file that are not spelled out in `content`. */
  readonly beyond?: number
}

export interface SymlinkNode {
  readonly kind: 'symlink'
  readonly target: string
}

/** "Nothing here, and look no further": on disk a character device 0/0. */
export interface WhiteoutNode {
  readonly kind: 'whiteout'
}

export interface DirectoryNode {
  readonly kind: 'directory'
  readonly mode: number
  /** Nothing of this directory shows through from further below: on disk the xattr trusted.overlay.opaque = "y". */
  readonly opaque: boolean
  readonly entries: ReadonlyMap<string, TreeNode>
}

/** One layer's root. */
export type Tree = DirectoryNode
export type TreeNode = FileNode | SymlinkNode | WhiteoutNode | DirectoryNode

/** What overlayfs is mounted from. `lowers[0]` is the topmost of them, as in `lowerdir=top:…:bottom`. */
export interface Union {
  readonly upper: Tree
  readonly lowers: readonly Tree[]
}

export type Errno = 'ENOENT' | 'ENOTDIR' | 'EISDIR' | 'EEXIST' | 'ENOTEMPTY' | 'EXDEV' | 'EINVAL' | 'ELOOP' | 'EBUSY'

export const emptyTree: Tree = { kind: 'directory', mode: 0o755, opaque: false, entries: new Map() }
export const whiteout: WhiteoutNode = { kind: 'whiteout' }

/** What one name in merged is made of: the upper's part, and of each lower what is not hidden, topmost first. */
export interface Found {
  readonly upper: TreeNode | null
  readonly lowers: readonly { readonly layer: number; readonly node: TreeNode }[]
}

export const rootOf = ({ upper, lowers }: Union): Found => ({
  upper,
  lowers: lowers.map((node, layer) => ({ layer, node })),
})

/** The node that merged shows, null where there is none. */
export const shown = ({ upper, lowers }: Found): Exclude<TreeNode, WhiteoutNode> | null => {
  const node = upper ?? lowers[0]?.node ?? null
  return node?.kind === 'whiteout' ? null : node
}

// #region lookup
/** One name in a directory of merged: from the top down, until something ends the search. */
export function lookupIn(directory: Found, name: string): Found {
  const upper = entryOf(directory.upper, name)
  if (upper !== null && (upper.kind !== 'directory' || upper.opaque)) return { upper, lowers: [] }
  return { upper, lowers: lowersOf(directory, name, upper !== null) }
}

/** What the lower layers have under that name. Directories merge; anything else hides what is further down. */
function lowersOf(directory: Found, name: string, merging: boolean): Found['lowers'] {
  const found: { layer: number; node: TreeNode }[] = []
  for (const { layer, node: parent } of directory.lowers) {
    const node = entryOf(parent, name)
    if (node === null) continue
    if (node.kind === 'whiteout') break
    if (node.kind !== 'directory') {
      if (!merging && found.length === 0) found.push({ layer, node })
      break
    }
    found.push({ layer, node })
    if (node.opaque) break
  }
  return found
}
// #endregion lookup

const entryOf = (node: TreeNode | null, name: string): TreeNode | null =>
  (node?.kind === 'directory' ? node.entries.get(name) : undefined) ?? null

/** The names that merged lists in a directory, sorted. */
export function namesIn(directory: Found): string[] {
  const nodes = [directory.upper, ...directory.lowers.map(({ node }) => node)]
  const names = new Set(nodes.flatMap(node => (node?.kind === 'directory' ? [...node.entries.keys()] : [])))
  return [...names].filter(name => shown(lookupIn(directory, name)) !== null).sort()
}

/** `/a//b/` → a, b. @returns null for what a model without symlinks and dots does not walk */
export function namesOf(path: string): string[] | null {
  const names = path.split('/').filter(name => name !== '')
  return names.some(name => name === '.' || name === '..') ? null : names
}

/** Bytes that the files of a tree take: what a layer costs, headers aside. */
export function bytesIn(node: TreeNode): number {
  if (node.kind === 'file') return bytesOf(node.content) + (node.beyond ?? 0)
  if (node.kind !== 'directory') return 0
  return [...node.entries.values()].reduce((sum, child) => sum + bytesIn(child), 0)
}

export const bytesOf = (text: string): number => new TextEncoder().encode(text).length

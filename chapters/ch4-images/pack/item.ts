/** One file on its way into a layer, and why it is taken. */

/** How it was found: what the report counts, and `--list` shows. */
export type Way =
  /** By what ELF files ask for, and scripts' first lines. */
  | 'static'
  /** Words of the command that name files. */
  | 'command'
  /** It was executed, opened or looked at while the program ran. */
  | 'trace'
  /** By --include. */
  | 'include'
  /** Containers expect it: /tmp, /etc/passwd. */
  | 'expected'
  /** On the way to another one: a directory above it, a link that leads to it. */
  | 'path'

export interface Item {
  /** Absolute path inside, without links. */
  readonly target: string
  readonly type: 'file' | 'directory' | 'symlink'
  readonly way: Way
  /** 0o7777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Bytes; 0 for all but files. */
  readonly size: number
  /** Nanoseconds since 1970; null: it was never a file of this machine. */
  readonly mtime: bigint | null
  /** A symlink's text. */
  readonly text?: string
  /** Where a file's content is: a path of this machine, or the bytes themselves. */
  readonly content?: { readonly file: string } | { readonly bytes: Buffer }
}

/** In the order of a walk through the tree: a directory before what is in it, names by their characters. */
export function inOrder(items: Iterable<Item>): Item[] {
  const keyed = [...items].map(item => ({ item, key: item.target.replaceAll('/', '\0') }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item)
}

/** What the user wants to know: how many files, how large, and by which way they were found. */
export interface Summary {
  readonly files: number
  readonly links: number
  readonly directories: number
  readonly bytes: number
  readonly ways: Readonly<Partial<Record<Way, number>>>
}

export function summaryOf(items: readonly Item[]): Summary {
  const ways: Partial<Record<Way, number>> = {}
  for (const { way, type } of items) if (type === 'file') ways[way] = (ways[way] ?? 0) + 1
  const count = (wanted: Item['type']): number => items.filter(({ type }) => type === wanted).length
  return {
    files: count('file'),
    links: count('symlink'),
    directories: count('directory'),
    bytes: items.reduce((sum, { size }) => sum + size, 0),
    ways,
  }
}

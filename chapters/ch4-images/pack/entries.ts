/** Entries of a layer: what is written down of a file, and nothing that differs between two machines or two moments. Pure. */

import { type Entry, noXattrs } from '../layer/entry.js'
import type { Item } from './item.js'

const second = 1_000_000_000n

/**
 * A directory's own time changes with whatever comes and goes in it, most of which is not taken: it gets that of the newest
 * thing below it that is.
 */
export function settleDirectories(items: readonly Item[]): Item[] {
  const newest = new Map<string, bigint>()
  for (const { target, type, mtime } of items) {
    if (type === 'directory' || mtime === null) continue
    for (let end = target.lastIndexOf('/'); end >= 0; end = target.lastIndexOf('/', end - 1)) {
      const above = target.slice(0, end) || '/'
      if (mtime > (newest.get(above) ?? -1n)) newest.set(above, mtime)
      if (end === 0) break
    }
  }
  return items.map(item => (item.type === 'directory' ? { ...item, mtime: newest.get(item.target) ?? null } : item))
}

/** @param xattrs of the file; what was never a file of this machine has the time 0 */
export const entryOf = (
  { target, type, mode, uid, gid, size, mtime, text }: Item,
  xattrs: Entry['xattrs'] = noXattrs,
): Entry => ({
  path: target.slice(1),
  type,
  mode: type === 'symlink' ? 0o777 : mode,
  uid,
  gid,
  size,
  mtime: mtime ?? 0n,
  xattrs,
  ...(text === undefined ? {} : { target: text }),
})

export const secondsOf = (mtime: bigint): number => Number(mtime / second)

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** An ordinary user's files are root's inside, as they are in the containers that this user can run. Root's stay as they are. */
export const ownedByRoot = <T extends Owner>(file: T, packer: Owner): T =>
  packer.uid === 0
    ? file
    : { ...file, uid: file.uid === packer.uid ? 0 : file.uid, gid: file.gid === packer.gid ? 0 : file.gid }

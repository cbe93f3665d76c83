/** Items as entries of a layer: what is written down of each, and nothing that differs between two machines. Pure. */

import { type Entry, noXattrs } from '../layer/entry.js'
import type { Item } from './item.js'

const second = 1_000_000_000n

/**
 * The latest time of all: when the newest file was written. What an image says of its own age, so that the same files make
 * the same image whenever they are packed.
 * @returns seconds since 1970
 */
export function newestOf(items: readonly Item[], clamp: number | undefined): number {
  const newest = items.reduce((max, { mtime }) => (mtime !== null && mtime > max ? mtime : max), 0n)
  const seconds = Number(newest / second)
  return clamp === undefined ? seconds : Math.min(seconds, clamp)
}

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

/** @param clamp seconds since 1970: no time is later; what was never a file of this machine has the time 0 */
export function entryOf({ target, type, mode, uid, gid, size, mtime, text }: Item, clamp: number | undefined): Entry {
  const limit = clamp === undefined ? undefined : BigInt(clamp) * second
  const time = mtime ?? 0n
  return {
    path: target.slice(1),
    type,
    mode: type === 'symlink' ? 0o777 : mode,
    uid,
    gid,
    size,
    mtime: limit !== undefined && time > limit ? limit : time,
    xattrs: noXattrs,
    ...(text === undefined ? {} : { target: text }),
  }
}

/**
 * The headers of one entry, put together: long names (GNU) and extended headers (PAX) come before the header proper and
 * say better what is in it.
 *
 * Source: pax(1), "pax Header Block"; tar(5), "GNU Tar Archives".
 */

import type { Buffer } from 'node:buffer'
import { type Entry, type EntryType, isOverlayXattr, noXattrs } from './entry.js'
import { Malformed, number, type RawHeader } from './header.js'
import { compareNames, decodeName } from './name.js'
import { normalizePath } from './path.js'
import { count, type Extended, readRecords } from './pax.js'
import { oldHeader, oldPieces, type Piece, piecesOf } from './sparse.js'

/** As Go's reader has it: names, records and sparse maps longer than this are an attack on memory. */
export const HEADER_MAX = 1 << 20
const ID_MAX = 2 ** 32 - 2 // -1 means "leave it as it is" to chown(2)
const SECOND = 1_000_000_000n

const types: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '7': 'file', // "contiguous", which no system of today knows
  S: 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
}

/** Headers that come before an entry's own. */
export const isAnnouncement = (type: string): boolean => 'LKxXg'.includes(type)

export interface Draft {
  readonly entry: Entry
  /** Bytes of content in the archive: less than the entry's size when it is sparse. */
  readonly archived: number
  /** The sparse map, as far as it is known; `map` says where the rest of it is. */
  readonly pieces: Piece[]
  readonly map: 'none' | 'known' | 'in blocks' | 'before the data'
}

export class Headers {
  #global: Extended = {}
  #globalBytes = 0
  #extended: Extended | undefined
  #longName: string | undefined
  #longLink: string | undefined

  /** Whether something was announced for an entry that is still to come. */
  get pending(): boolean {
    return this.#extended !== undefined || this.#longName !== undefined || this.#longLink !== undefined
  }

  /** Takes in what an announcement holds. @throws Malformed */
  announce(type: string, content: Buffer): void {
    if (type === 'L') this.#longName = untilNul(content)
    else if (type === 'K') this.#longLink = untilNul(content)
    else if (type === 'g') {
      this.#globalBytes += content.length // they add up for as long as the archive goes on
      if (this.#globalBytes > HEADER_MAX) throw new Malformed('its global headers are too long')
      readRecords(content, this.#global)
    } else {
      const { xattrs, ...rest } = this.#extended ?? this.#global
      this.#extended = { ...rest, ...(xattrs && { xattrs: new Map(xattrs) }) }
      readRecords(content, this.#extended)
    }
  }

  /** The entry whose own header this is; what was announced is used up. @throws Malformed */
  entry(raw: RawHeader, block: Buffer, at: number): Draft {
    const extended = this.#extended ?? this.#global
    const { sparse } = extended
    const name = sparse?.get('name') ?? extended.path ?? this.#longName ?? raw.name
    const link = extended.linkpath ?? this.#longLink ?? raw.link
    this.#extended = this.#longName = this.#longLink = undefined

    const path = normalizePath(name)
    let type = types[raw.type]
    if (type === undefined) throw new Malformed(`its type '${raw.type}' is none that a layer can have`)
    if (type === 'file' && name.endsWith('/')) type = 'directory' // as tar had it before it had types
    const archived = type === 'file' ? inRange(extended.size ?? raw.size, Number.MAX_SAFE_INTEGER, 'size') : 0
    const { map, pieces, size } = raw.type === 'S' ? oldSparse(block, at) : newSparse(sparse, archived)
    const plain: Entry = {
      path,
      type,
      mode: raw.mode,
      uid: inRange(extended.uid ?? raw.uid, ID_MAX, 'owner'),
      gid: inRange(extended.gid ?? raw.gid, ID_MAX, 'group'),
      size,
      mtime: extended.mtime ?? BigInt(raw.mtime) * SECOND,
      xattrs: extended.xattrs === undefined ? noXattrs : inOrder(extended.xattrs),
    }
    return { entry: withTarget(plain, link, raw), archived, pieces, map }
  }
}

function withTarget(entry: Entry, link: string, { major, minor }: RawHeader): Entry {
  const { type } = entry
  if (type === 'file' || type === 'directory') return entry
  if (type === 'symlink') return { ...entry, target: linkText(link) }
  if (type === 'link') return { ...entry, target: normalizePath(link) }
  return type === 'fifo' ? entry : { ...entry, device: [major, minor] }
}

const untilNul = (content: Buffer): string => {
  const nul = content.indexOf(0)
  return decodeName(nul < 0 ? content : content.subarray(0, nul))
}

function inRange(value: number, max: number, what: string): number {
  if (value < 0 || value > max) throw new Malformed(`its ${what} ${value} is out of range`)
  return value
}

function linkText(text: string): string {
  if (text === '' || text.includes('\0')) throw new Malformed('the text of its link is empty or has a NUL byte')
  return text
}

const inOrder = (xattrs: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> =>
  new Map([...xattrs].filter(([name]) => !isOverlayXattr(name)).sort(([a], [b]) => compareNames(a, b)))

type Sparse = Pick<Draft, 'pieces' | 'map'> & { readonly size: number }

function oldSparse(block: Buffer, at: number): Sparse {
  const pieces = oldPieces(block, at + oldHeader.pairsAt, oldHeader.pairs)
  const size = inRange(number(block, at + oldHeader.sizeAt, 12, 'size'), Number.MAX_SAFE_INTEGER, 'size')
  return { pieces, size, map: block[at + oldHeader.moreAt] === 0 ? 'known' : 'in blocks' }
}

/** GNU.sparse.size came with 0.0 and 0.1, GNU.sparse.realsize with 1.0. */
function newSparse(keys: ReadonlyMap<string, string> | undefined, archived: number): Sparse {
  const size = keys?.get('realsize') ?? keys?.get('size')
  if (keys === undefined || size === undefined) return { pieces: [], size: archived, map: 'none' }
  const inData = keys.get('major') === '1'
  const pieces = inData ? [] : piecesOf(keys.get('map') ?? '')
  return { pieces, size: count(size, 'size'), map: inData ? 'before the data' : 'known' }
}

/**
 * Entry → header blocks. What a ustar header cannot hold goes into an extended header before it, and the field gets the
 * nearest thing that fits, for readers that do not know PAX.
 *
 * Source: pax(1), "ustar Interchange Format", "pax Extended Header".
 */

import { Buffer } from 'node:buffer'
import type { Entry, EntryType } from './entry.js'
import { BLOCK, checksum } from './header.js'
import { isUtf8 } from './name.js'
import { baseName } from './path.js'
import { formatRecord, timeText, xattrKey } from './pax.js'

const SECOND = 1_000_000_000n
const NAME_LENGTH = 100
const PREFIX_LENGTH = 155
/** What fits into 7 and 11 octal digits. */
const SEVEN_DIGITS = 0o7777777
const ELEVEN_DIGITS = 0o77777777777

const typeFlags: Readonly<Record<EntryType, string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
}

export function formatHeaders(entry: Entry): Buffer {
  const { path, type, target = '', uid, gid, mtime, xattrs } = entry
  const size = type === 'file' ? entry.size : 0
  const name = type === 'directory' ? `${path === '' ? '.' : path}/` : path
  const records: Buffer[] = []
  const say = (key: string, value: string | Uint8Array): void => {
    records.push(formatRecord(key, value))
  }

  if (!isUtf8(name) || !isUtf8(target)) say('hdrcharset', 'BINARY')
  const place = splitName(name)
  if (place === null) say('path', name)
  const link = fits(target) ? target : ''
  if (link !== target) say('linkpath', target)
  if (size > ELEVEN_DIGITS) say('size', `${size}`)
  if (uid > SEVEN_DIGITS) say('uid', `${uid}`)
  if (gid > SEVEN_DIGITS) say('gid', `${gid}`)
  const seconds = mtime / SECOND // towards zero
  const wholeSeconds = mtime >= 0n && mtime % SECOND === 0n && seconds <= BigInt(ELEVEN_DIGITS)
  if (!wholeSeconds) say('mtime', timeText(mtime))
  for (const [key, value] of xattrs) say(xattrKey(key), value)

  const header = formatHeader({
    name: place?.name ?? asciiEnd(name),
    prefix: place?.prefix ?? '',
    type: typeFlags[type],
    mode: entry.mode,
    uid: uid > SEVEN_DIGITS ? 0 : uid,
    gid: gid > SEVEN_DIGITS ? 0 : gid,
    size: size > ELEVEN_DIGITS ? 0 : size,
    mtime: mtime < 0n || seconds > BigInt(ELEVEN_DIGITS) ? 0 : Number(seconds),
    link,
    device: entry.device ?? [0, 0],
  })
  return records.length === 0 ? header : Buffer.concat([...extendedHeader(path, Buffer.concat(records)), header])
}

function extendedHeader(path: string, records: Buffer): Buffer[] {
  const name = `PaxHeaders/${asciiEnd(baseName(path), NAME_LENGTH - 'PaxHeaders/'.length)}`
  const none = { prefix: '', uid: 0, gid: 0, mtime: 0, link: '', device: [0, 0] } as const
  const header = formatHeader({ ...none, name, type: 'x', mode: 0o644, size: records.length })
  return [header, records, Buffer.alloc((BLOCK - (records.length % BLOCK)) % BLOCK)]
}

/** Fields are bytes without a character set: only what is ASCII means the same to every reader. */
const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text)
const fits = (text: string): boolean => text.length <= NAME_LENGTH && isAscii(text)
const asciiEnd = (text: string, length = NAME_LENGTH): string => text.replace(/[^\0-\x7f]/g, '_').slice(-length)

/** Name and prefix, cut at a slash that belongs to neither; null when no cut fits. */
function splitName(path: string): { readonly name: string; readonly prefix: string } | null {
  if (fits(path)) return { name: path, prefix: '' }
  if (path.length > PREFIX_LENGTH + 1 + NAME_LENGTH || !isAscii(path)) return null
  // the slash nearest to the end leaves the longest prefix; a directory's last one is part of its name
  const slash = path.lastIndexOf('/', Math.min(PREFIX_LENGTH, path.length - 2))
  if (slash <= 0 || path.length - slash - 1 > NAME_LENGTH) return null
  return { name: path.slice(slash + 1), prefix: path.slice(0, slash) }
}

interface Fields {
  readonly name: string
  readonly prefix: string
  readonly type: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtime: number
  readonly link: string
  readonly device: readonly [number, number]
}

function octal(block: Buffer, value: number, at: number, digits: number): void {
  if (value === 0) return // as in the blank header
  const text = value.toString(8)
  block.write(text, at + digits - text.length, 'latin1')
}

/** All numbers 0, no names. */
const blank = Buffer.alloc(BLOCK)
for (const [at, digits] of [
  [100, 7],
  [108, 7],
  [116, 7],
  [124, 11],
  [136, 11],
  [148, 6],
  [329, 7],
  [337, 7],
] as const) {
  blank.write('0'.repeat(digits), at, 'latin1')
}
blank.write('ustar\x0000', 257, 'latin1')
blank[155] = 0x20 // the checksum: six digits, a NUL and this, as it was in the first tar

function formatHeader(fields: Fields): Buffer {
  const block = Buffer.from(blank)
  block.write(fields.name, 0, 'latin1')
  octal(block, fields.mode, 100, 7)
  octal(block, fields.uid, 108, 7)
  octal(block, fields.gid, 116, 7)
  octal(block, fields.size, 124, 11)
  octal(block, fields.mtime, 136, 11)
  block.write(fields.type, 156, 'latin1')
  if (fields.link !== '') block.write(fields.link, 157, 'latin1')
  octal(block, fields.device[0], 329, 7)
  octal(block, fields.device[1], 337, 7)
  if (fields.prefix !== '') block.write(fields.prefix, 345, 'latin1')
  octal(block, checksum(block, 0), 148, 6)
  return block
}

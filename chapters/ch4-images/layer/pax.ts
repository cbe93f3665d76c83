/**
 * PAX extended headers: records `LENGTH KEY=VALUE\n` that say what does not fit into a header's fields. LENGTH counts
 * the whole record, itself included.
 *
 * Understood: path, linkpath, size, uid, gid, mtime, `SCHILY.xattr.NAME` (star's, which GNU tar, bsdtar, Go and so Docker
 * write) and GNU's sparse keys. Ignored: names of users, atime and ctime, comments, `LIBARCHIVE.xattr.` (bsdtar writes
 * it beside the other), ACLs in text.
 *
 * Source: pax(1), "pax Extended Header"; tar(5), "Pax Interchange Format"; star(5).
 */

import { Buffer } from 'node:buffer'
import { Malformed } from './header.js'
import { decodeName, encodeName } from './name.js'

const NEWLINE = 0x0a
const SPACE = 0x20
const EQUALS = 0x3d
const XATTR = 'SCHILY.xattr.'
const SPARSE = 'GNU.sparse.'

/** Each field is there when a record said so. */
export interface Extended {
  path?: string
  linkpath?: string
  size?: number
  uid?: number
  gid?: number
  mtime?: bigint
  xattrs?: Map<string, Uint8Array>
  /** GNU's keys without their prefix; what may come again and again (offset, numbytes) as `offset,numbytes,…` in `map`. */
  sparse?: Map<string, string>
}

/** Adds what the records say to `into`: a key without a value takes back what an earlier header said. @throws Malformed */
export function readRecords(bytes: Buffer, into: Extended): void {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(SPACE, at)
    const digits = space < 0 ? '' : bytes.toString('latin1', at, Math.min(space, at + 20))
    const end = /^\d+$/.test(digits) ? at + Number(digits) : Number.NaN
    const equals = bytes.indexOf(EQUALS, space)
    if (!(end <= bytes.length && equals > space && equals < end && bytes[end - 1] === NEWLINE)) {
      // some pad the last record with NULs
      if (bytes[at] === 0) return
      throw new Malformed('its extended header has a malformed record')
    }
    record(decodeName(bytes.subarray(space + 1, equals)), bytes.subarray(equals + 1, end - 1), into)
    at = end
  }
}

function record(key: string, value: Buffer, into: Extended): void {
  if (key === 'path' || key === 'linkpath') {
    if (value.length === 0) delete into[key]
    else into[key] = decodeName(value)
  } else if (key === 'size' || key === 'uid' || key === 'gid') {
    if (value.length === 0) delete into[key]
    else into[key] = count(value.toString('latin1', 0, 40), key)
  } else if (key === 'mtime') {
    if (value.length === 0) delete into.mtime
    else into.mtime = time(value.toString('latin1', 0, 60))
  } else if (key.startsWith(XATTR)) {
    const name = xattrName(key)
    if (name === '' || name.includes('\0')) throw new Malformed('an extended attribute has no proper name')
    into.xattrs ??= new Map()
    into.xattrs.set(name, Uint8Array.from(value)) // a copy: the chunk it is in goes on to be used
  } else if (key.startsWith(SPARSE)) {
    into.sparse ??= new Map()
    sparseRecord(key.slice(SPARSE.length), decodeName(value), into.sparse)
  }
}

/** Version 0.0 repeats two keys for each piece; 0.1 has them in one, `map`. */
function sparseRecord(key: string, value: string, sparse: Map<string, string>): void {
  if (key !== 'offset' && key !== 'numbytes') sparse.set(key, value)
  else sparse.set('map', sparse.has('map') ? `${sparse.get('map')},${value}` : value)
}

/** @throws Malformed */
export function count(text: string, what: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new Malformed(`its ${what} is no number`)
  return value
}

/** Seconds with a fraction, which may have more digits than nanoseconds need. */
function time(text: string): bigint {
  const [, sign, seconds, fraction = ''] = /^(-?)(\d{1,17})(?:\.(\d*))?$/.exec(text) ?? []
  if (seconds === undefined) throw new Malformed('its time is no number')
  const nanoseconds = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'))
  return sign === '-' ? -nanoseconds : nanoseconds
}

export function timeText(nanoseconds: bigint): string {
  const positive = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const fraction = String(positive % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return `${nanoseconds < 0n ? '-' : ''}${positive / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`
}

/** One record. Its length counts the digits of the length. */
export function formatRecord(key: string, value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? encodeName(value) : value
  const head = encodeName(` ${key}=`)
  const rest = head.length + bytes.length + 1
  let length = rest + 1
  while (`${length}`.length + rest !== length) length = `${length}`.length + rest
  return Buffer.concat([Buffer.from(`${length}`), head, bytes, newline])
}
const newline = Buffer.of(NEWLINE)

/** A key ends at the first `=`: GNU tar, which thought of attributes that have one in their name, writes %3D, and %25 for %. */
export const xattrKey = (name: string): string =>
  XATTR + name.replace(/[%=]/g, found => (found === '=' ? '%3D' : '%25'))
const xattrName = (key: string): string =>
  key.slice(XATTR.length).replace(/%3D|%25/g, found => (found === '%3D' ? '=' : '%'))

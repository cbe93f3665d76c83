/**
 * A tar header: 512 bytes of fields at fixed places. All formats (V7, ustar, PAX, GNU) share the first 257 bytes.
 *
 *     0 name 100 · 100 mode 8 · 108 uid 8 · 116 gid 8 · 124 size 12 · 136 mtime 12 · 148 checksum 8 · 156 type 1
 *     157 link 100 · 257 magic 6 · 263 version 2 · 265 user 32 · 297 group 32 · 329 major 8 · 337 minor 8 · 345 prefix 155
 *
 * Source: tar(5), "POSIX ustar Archives", "GNU Tar Archives"; pax(1), "ustar Interchange Format".
 */

import type { Buffer } from 'node:buffer'
import { decodeName } from './name.js'

export const BLOCK = 512

/** What is wrong with an archive, in words; the reader knows where, and says both. */
export class Malformed extends Error {}

/** What a header says, before extended headers change it. Strings as they stand there. */
export interface RawHeader {
  readonly name: string
  /** ASCII of the type's byte; '0' for NUL. */
  readonly type: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Of what follows in the archive. */
  readonly size: number
  /** Whole seconds. */
  readonly mtime: number
  readonly link: string
  readonly major: number
  readonly minor: number
}

/** @throws Malformed */
export function parseHeader(block: Buffer, at: number): RawHeader {
  const sum = /^[ \0]*([0-7]+)/.exec(block.toString('latin1', at + 148, at + 156))?.[1] ?? ''
  if (checksum(block, at) !== Number.parseInt(sum, 8)) {
    throw new Malformed('its checksum is wrong: this is no tar header')
  }
  // "ustar\0" for POSIX, which has a prefix there; "ustar " for GNU, which has times and a sparse map
  const posix = block.toString('latin1', at + 257, at + 263) === 'ustar\0'
  const name = text(block, at, 100)
  const prefix = posix && block[at + 345] !== 0 ? `${text(block, at + 345, 155)}/` : ''
  const type = block[at + 156]!
  return {
    name: prefix + name,
    type: type === 0 ? '0' : String.fromCharCode(type),
    mode: number(block, at + 100, 8, 'mode') & 0o7777,
    uid: number(block, at + 108, 8, 'owner'),
    gid: number(block, at + 116, 8, 'group'),
    size: number(block, at + 124, 12, 'size'),
    mtime: number(block, at + 136, 12, 'time'),
    link: text(block, at + 157, 100),
    major: number(block, at + 329, 8, 'device'),
    minor: number(block, at + 337, 8, 'device'),
  }
}

/** The sum of the bytes, its own field taken as blanks. */
export function checksum(block: Buffer, at: number): number {
  let sum = 8 * 32
  for (let i = at; i < at + 148; i++) sum += block[i]!
  for (let i = at + 156; i < at + BLOCK; i++) sum += block[i]!
  return sum
}

/** Up to a NUL or the field's end. */
function text(block: Buffer, at: number, length: number): string {
  let end = at
  let bits = 0
  for (const limit = at + length; end < limit && block[end] !== 0; end++) bits |= block[end]!
  return bits < 0x80 ? block.toString('latin1', at, end) : decodeName(block.subarray(at, end))
}

/**
 * Octal digits between blanks or NULs; or, when the first bit is set, big-endian binary in two's complement (GNU's
 * base-256), for what is too big or negative.
 */
export function number(block: Buffer, at: number, length: number, what: string): number {
  const first = block[at]!
  if ((first & 0x80) !== 0) return binary(block, at, length, what)
  let value = 0
  let state = 0 // 0 before the digits, 1 among them, 2 after them
  for (let i = at; i < at + length; i++) {
    const byte = block[i]!
    if (byte >= 0x30 && byte <= 0x37 && state < 2) {
      value = value * 8 + byte - 0x30
      state = 1
    } else if (byte === 0) break
    else if (byte === 0x20) state = state === 0 ? 0 : 2
    else throw new Malformed(`its ${what} is no number`)
  }
  return value
}

function binary(block: Buffer, at: number, length: number, what: string): number {
  const negative = block[at] === 0xff
  let value = negative ? -1 : block[at]! & 0x7f
  for (let i = at + 1; i < at + length; i++) {
    value = value * 256 + block[i]!
    if (!Number.isSafeInteger(value)) throw new Malformed(`its ${what} is out of range`)
  }
  return value
}

/**
 * Names between bytes and strings. To Linux a name is bytes, all but `/` and NUL; most are UTF-8, and a string serves
 * well for those. A byte that belongs to no UTF-8 sequence becomes a lone surrogate, U+DC80 for 0x80 to U+DCFF for 0xff,
 * which no valid UTF-8 decodes to: so every name has one string, and every such string one name.
 *
 * Source: PEP 383, "surrogateescape"; the Unicode Standard, 3.9, table 3-7.
 */

import { Buffer } from 'node:buffer'

const ESCAPE = 0xdc00
const escaped = /[\udc80-\udcff]/
/** A surrogate pair is a character like any other; only lone ones are bytes. */
const pairsOrEscaped = /[\ud800-\udbff][\udc00-\udfff]|[\udc80-\udcff]/g

export function decodeName(bytes: Buffer): string {
  const text = bytes.toString('utf8', 0, bytes.length)
  // U+FFFD stands for what could not be decoded; or for itself, which the slow way finds out
  return text.includes('\ufffd') ? decodeOddName(bytes) : text
}

function decodeOddName(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    text += length === 0 ? String.fromCharCode(ESCAPE + bytes[at]!) : bytes.toString('utf8', at, at + length)
    at += length || 1
  }
  return text
}

/** Of the valid UTF-8 sequence that begins there; 0 when there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  if (length === 0 || at + length > bytes.length) return 0
  // no longer form than needed, no surrogate, nothing past U+10FFFF: all of that shows in the second byte
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (bytes[at + 1]! < least || bytes[at + 1]! > most) return 0
  for (let i = 2; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0
  return length
}

export const isUtf8 = (name: string): boolean => !escaped.test(name.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''))

export function encodeName(name: string): Buffer {
  if (!escaped.test(name)) return Buffer.from(name, 'utf8')
  const parts: Buffer[] = []
  let from = 0
  for (const { 0: found, index } of name.matchAll(pairsOrEscaped)) {
    if (found.length === 2) continue
    parts.push(Buffer.from(name.slice(from, index), 'utf8'), Buffer.of(found.charCodeAt(0) - ESCAPE))
    from = index + 1
  }
  parts.push(Buffer.from(name.slice(from), 'utf8'))
  return Buffer.concat(parts)
}

/** As a C function takes it: the string itself, or its bytes and a NUL where the string would not give them. */
export const cName = (name: string): string | Buffer =>
  escaped.test(name) ? Buffer.concat([encodeName(name), Buffer.of(0)]) : name

/** The order of the bytes, which UTF-16's differs from only past U+D7FF. */
export function compareNames(a: string, b: string): number {
  if (/[\ud800-\uffff]/.test(a) || /[\ud800-\uffff]/.test(b)) return Buffer.compare(encodeName(a), encodeName(b))
  return a < b ? -1 : a > b ? 1 : 0
}

/** For messages: quoted, on one line, whatever the name holds. */
export const quoted = (name: string): string =>
  `'${name.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/g, odd =>
    odd >= '\udc80' && odd <= '\udcff'
      ? `\\x${(odd.charCodeAt(0) - ESCAPE).toString(16)}`
      : odd === '\n'
        ? '\\n'
        : odd < '\u0100'
          ? `\\x${odd.charCodeAt(0).toString(16).padStart(2, '0')}`
          : odd,
  )}'`

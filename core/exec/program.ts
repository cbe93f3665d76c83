/**
 * The program as the stage is sent it: native/protocol.h in TypeScript. Little-endian, everything padded to 8 bytes.
 *
 * header: magic, length, records, flags (u32 each) · record: op, index, arguments, tolerated (u16 each), length, 0 (u32) ·
 * tolerated errnos (u32 each) · arguments: type, length (u32 each), the bytes.
 */

import type { Lowered, Placed } from '#core/plan/lower'
import { type Arg, encodeArgs, numberOf } from '#core/plan/ops'
import type { ChildStep } from '#core/plan/step'
import { errnos } from '#core/sys/constants'

const MAGIC = 0x3150444d // "MDP1"
const FLAG_TRACE = 1
const HEADER = 16
const RECORD = 16
const argType = { null: 0, int: 1, string: 2, vector: 3, bytes: 4 } as const

const padded = (length: number): number => (length + 7) & ~7

/** A record before its bytes: the step by its place, the arguments as the op's row gives them. */
interface Entry extends Placed<ChildStep> {
  readonly args: readonly Arg[]
}

const encoder = new TextEncoder()

export function encodeProgram(lowered: Lowered, { trace = false } = {}): Uint8Array {
  const entries = lowered.program.map(({ index, step }) => ({ index, step, args: encodeArgs(step) }))
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + roomFor(entry), HEADER)) // zeroed: what pads is 0
  // By words, not by Buffer's methods: those are JavaScript, which is compiled anew by every process that calls one.
  // Everything lies on a multiple of 4, and the machines that we run on are little-endian.
  const words = new Uint32Array(bytes.buffer)
  let word = HEADER / 4
  for (const entry of entries) word = writeRecord(bytes, words, word, entry)
  words.set([MAGIC, word * 4 - HEADER, entries.length, trace ? FLAG_TRACE : 0])
  return bytes.subarray(0, word * 4)
}

/** More than it takes when a text is not all ASCII, and never less: texts are encoded once, to where they belong. */
function roomFor({ step, args }: Entry): number {
  const tolerated = padded((step.tolerate?.length ?? 0) * 4)
  return args.reduce<number>((sum, arg) => sum + 8 + padded(roomForValue(arg)), RECORD + tolerated)
}

function roomForValue(arg: Arg): number {
  if (arg === null) return 0
  if (typeof arg === 'number') return 8
  return arg instanceof Uint8Array ? arg.length : textOf(arg).length * 3 // a UTF-16 unit is 3 bytes of UTF-8 at most
}

/** Ends in a zero byte, as each text of a vector does. */
const textOf = (arg: string | readonly string[]): string =>
  typeof arg === 'string' ? `${arg}\0` : arg.length === 0 ? '' : `${arg.join('\0')}\0`

/** @returns where the next one begins */
function writeRecord(bytes: Uint8Array, words: Uint32Array, start: number, { index, step, args }: Entry): number {
  const tolerated = step.tolerate ?? []
  words[start] = numberOf(step.op) | (index << 16)
  words[start + 1] = args.length | (tolerated.length << 16)
  tolerated.forEach((name, i) => {
    words[start + RECORD / 4 + i] = errnos[name]
  })
  let word = start + (RECORD + padded(tolerated.length * 4)) / 4
  for (const arg of args) word = writeArg(bytes, words, word, arg)
  words[start + 2] = (word - start) * 4
  return word
}

function writeArg(bytes: Uint8Array, words: Uint32Array, start: number, arg: Arg): number {
  const value = start + 2
  const write = (type: number, length: number): number => {
    words[start] = type
    words[start + 1] = length
    return value + padded(length) / 4
  }
  if (arg === null) return write(argType.null, 0)
  if (typeof arg === 'number') {
    // two's complement in two halves
    words[value] = arg
    words[value + 1] = Math.floor(arg / 2 ** 32)
    return write(argType.int, 8)
  }
  if (arg instanceof Uint8Array) {
    bytes.set(arg, value * 4)
    return write(argType.bytes, arg.length)
  }
  const { written } = encoder.encodeInto(textOf(arg), bytes.subarray(value * 4))
  return write(typeof arg === 'string' ? argType.string : argType.vector, written)
}

export interface DecodedRecord {
  readonly op: number
  readonly index: number
  readonly tolerated: readonly number[]
  readonly args: readonly Arg[]
}

/**
 * The way back: what the koffi stage does with the bytes, and the tests.
 * @param bytes a whole program, header included
 * @throws RangeError when it is cut short or no program
 */
export function decodeProgram(bytes: Buffer): { readonly trace: boolean; readonly records: readonly DecodedRecord[] } {
  if (bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(4) !== bytes.length - HEADER)
    throw new RangeError('no program')
  const records: DecodedRecord[] = []
  let at = HEADER
  for (let left = bytes.readUInt32LE(8); left > 0; left--) {
    const next = at + bytes.readUInt32LE(at + 8)
    records.push(decodeRecord(bytes.subarray(at, next)))
    at = next
  }
  return { trace: (bytes.readUInt32LE(12) & FLAG_TRACE) !== 0, records }
}

/** How many bytes a program has, from its header: for who reads it off a stream. */
export const programLength = (header: Buffer): number => HEADER + header.readUInt32LE(4)
export const headerLength = HEADER

function decodeRecord(record: Buffer): DecodedRecord {
  const tolerated = record.readUInt16LE(6)
  let at = RECORD + padded(tolerated * 4)
  const args = Array.from({ length: record.readUInt16LE(4) }, () => {
    const length = record.readUInt32LE(at + 4)
    const arg = decodeArg(record.readUInt32LE(at), record.subarray(at + 8, at + 8 + length))
    at += 8 + padded(length)
    return arg
  })
  return {
    op: record.readUInt16LE(0),
    index: record.readUInt16LE(2),
    tolerated: Array.from({ length: tolerated }, (_, i) => record.readUInt32LE(RECORD + i * 4)),
    args,
  }
}

function decodeArg(type: number, bytes: Buffer): Arg {
  if (type === argType.null) return null
  if (type === argType.int) return Number(bytes.readBigInt64LE(0))
  if (type === argType.bytes) return new Uint8Array(bytes)
  const texts = bytes.toString().split('\0').slice(0, -1)
  return type === argType.string ? (texts[0] ?? '') : texts
}

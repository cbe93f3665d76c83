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

export function encodeProgram(lowered: Lowered, { trace = false } = {}): Buffer {
  const records = lowered.program.map(prepareRecord)
  const length = records.reduce((sum, record) => sum + record.length, 0)
  const bytes = Buffer.alloc(HEADER + length) // zeroed: what pads is 0
  // By words, not by Buffer's methods: each of those checks its arguments, which on a start costs more than the writing.
  // Everything lies on a multiple of 4, and the machines that we run on are little-endian.
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  words.set([MAGIC, length, records.length, trace ? FLAG_TRACE : 0])
  let at = HEADER
  for (const record of records) at = writeRecord(bytes, words, at, record)
  return bytes
}

/** A record with its arguments as texts and numbers, and the room that it takes. */
interface Prepared {
  readonly entry: Placed<ChildStep>
  readonly args: readonly PreparedArg[]
  readonly length: number
}

interface PreparedArg {
  readonly type: number
  readonly value: number | string | Uint8Array
  readonly length: number
}

function prepareRecord(entry: Placed<ChildStep>): Prepared {
  const args = encodeArgs(entry.step).map(prepareArg)
  const tolerated = padded((entry.step.tolerate?.length ?? 0) * 4)
  return { entry, args, length: args.reduce((sum, { length }) => sum + 8 + padded(length), RECORD + tolerated) }
}

function prepareArg(arg: Arg): PreparedArg {
  if (arg === null) return { type: argType.null, value: '', length: 0 }
  if (typeof arg === 'number') return { type: argType.int, value: arg, length: 8 }
  if (arg instanceof Uint8Array) return { type: argType.bytes, value: arg, length: arg.length }
  const isVector = typeof arg !== 'string'
  const value = isVector ? arg.map(text => `${text}\0`).join('') : `${arg}\0`
  return { type: isVector ? argType.vector : argType.string, value, length: Buffer.byteLength(value) }
}

/** @returns where the next one begins */
function writeRecord(bytes: Buffer, words: Uint32Array, start: number, { entry, args, length }: Prepared): number {
  const { index, step } = entry
  const tolerated = step.tolerate ?? []
  let word = start / 4
  words[word++] = numberOf(step.op) | (index << 16)
  words[word++] = args.length | (tolerated.length << 16)
  words[word++] = length
  word++ // unused
  for (const [i, name] of tolerated.entries()) words[word + i] = errnos[name]
  word += padded(tolerated.length * 4) / 4
  for (const arg of args) {
    words[word++] = arg.type
    words[word++] = arg.length
    if (typeof arg.value === 'string') bytes.write(arg.value, word * 4)
    else if (typeof arg.value !== 'number') bytes.set(arg.value, word * 4)
    else {
      // two's complement in two halves
      words[word] = arg.value
      words[word + 1] = Math.floor(arg.value / 2 ** 32)
    }
    word += padded(arg.length) / 4
  }
  return word * 4
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

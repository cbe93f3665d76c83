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
  const records = lowered.program.map(encodeRecord)
  const header = Buffer.alloc(HEADER)
  header.writeUInt32LE(MAGIC, 0)
  header.writeUInt32LE(
    records.reduce((sum, record) => sum + record.length, 0),
    4,
  )
  header.writeUInt32LE(records.length, 8)
  header.writeUInt32LE(trace ? FLAG_TRACE : 0, 12)
  return Buffer.concat([header, ...records])
}

function encodeRecord({ index, step }: Placed<ChildStep>): Buffer {
  const args = encodeArgs(step)
  const tolerated = step.tolerate ?? []
  const errnoBytes = Buffer.alloc(padded(tolerated.length * 4))
  tolerated.forEach((name, i) => {
    errnoBytes.writeUInt32LE(errnos[name], i * 4)
  })
  const body = args.map(encodeArg)
  const header = Buffer.alloc(RECORD)
  header.writeUInt16LE(numberOf(step.op), 0)
  header.writeUInt16LE(index, 2)
  header.writeUInt16LE(args.length, 4)
  header.writeUInt16LE(tolerated.length, 6)
  header.writeUInt32LE(RECORD + errnoBytes.length + body.reduce((sum, arg) => sum + arg.length, 0), 8)
  return Buffer.concat([header, errnoBytes, ...body])
}

function encodeArg(arg: Arg): Buffer {
  if (arg === null) return argument(argType.null, Buffer.alloc(0))
  if (typeof arg === 'number') {
    const value = Buffer.alloc(8)
    value.writeBigInt64LE(BigInt(arg))
    return argument(argType.int, value)
  }
  if (typeof arg === 'string') return argument(argType.string, Buffer.from(`${arg}\0`))
  if (arg instanceof Uint8Array) return argument(argType.bytes, Buffer.from(arg))
  return argument(argType.vector, Buffer.from(arg.map(text => `${text}\0`).join('')))
}

function argument(type: number, bytes: Buffer): Buffer {
  const buffer = Buffer.alloc(8 + padded(bytes.length))
  buffer.writeUInt32LE(type, 0)
  buffer.writeUInt32LE(bytes.length, 4)
  bytes.copy(buffer, 8)
  return buffer
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

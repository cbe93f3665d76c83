/**
 * As much of Protocol Buffers as CRIU is spoken to with: numbers, flags, text, and messages inside of messages. A field is its number
 * and how it is written, as one varint; then the value. Pure. Source: protobuf.dev "Encoding".
 */

/** Fields of a message by name: their numbers, and of what is a message itself, its own. */
export interface Shape {
  readonly [name: string]: number | readonly [number: number, shape: Shape]
}

export type Value = number | boolean | string | Message | readonly (number | string | Message)[]
export interface Message {
  readonly [name: string]: Value | undefined
}

const VARINT = 0
const LENGTH_FIRST = 2
/** Of those that are not used here: a number in so many bytes. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [1, 8],
  [5, 4],
])

/** Fields that are undefined are not there; of a list each entry is a field. */
export function encode(shape: Shape, message: Message): Buffer {
  const fields = Object.entries(message).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map(one => encodeField(shape[name]!, one)),
  )
  return Buffer.concat(fields)
}

function encodeField(field: Shape[string], value: Exclude<Value, readonly unknown[]>): Buffer {
  const [number, inner] = typeof field === 'number' ? [field] : field
  if (typeof value === 'number' || typeof value === 'boolean') {
    return Buffer.concat([varint(number * 8 + VARINT), varint(Number(value))])
  }
  const bytes = typeof value === 'string' ? Buffer.from(value) : encode(inner!, value as Message)
  return Buffer.concat([varint(number * 8 + LENGTH_FIRST), varint(bytes.length), bytes])
}

/** Seven bits a byte, the low ones first; the eighth says that more follow. */
function varint(number: number): Buffer {
  const bytes: number[] = []
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}

/** Of a field that comes twice the last counts; one that the shape does not have is passed over. @throws RangeError cut short */
export function decode(shape: Shape, bytes: Buffer): Message {
  const message: Record<string, Value> = {}
  const reader = new Reader(bytes)
  while (!reader.isAtEnd) {
    const tag = reader.varint()
    const [name, field] = Object.entries(shape).find(([, one]) => [one].flat()[0] === Math.floor(tag / 8)) ?? []
    const kind = tag % 8
    const value = kind === VARINT ? reader.varint() : reader.bytes(FIXED.get(kind) ?? reader.varint())
    if (name === undefined) continue
    if (typeof value === 'number') message[name] = value
    else message[name] = typeof field === 'number' ? value.toString() : decode(field![1], value)
  }
  return message
}

class Reader {
  #at = 0
  readonly #from: Buffer

  constructor(bytes: Buffer) {
    this.#from = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#from.length
  }

  /** Exact below 2^53. */
  varint(): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.#from.readUInt8(this.#at++)
      value += (byte % 128) * scale
      if (byte < 128) return value
    }
  }

  bytes(length: number): Buffer {
    if (this.#at + length > this.#from.length) throw new RangeError('the message is cut short')
    const begin = this.#at
    this.#at += length
    return this.#from.subarray(begin, this.#at)
  }
}

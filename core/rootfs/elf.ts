/**
 * Reads from an ELF file what the program loader needs: who interprets it and which libraries it asks for.
 *
 * Source: elf(5); the dynamic tags' meaning: ld.so(8). `ldd` would run the program's own interpreter to answer the same
 * question (ldd(1), "Security"), so it is never used: a file that is only looked at must not get to run.
 */

import { fail } from '#core/errors'

export interface Elf {
  readonly class: 32 | 64
  /** e_machine: 3 i386, 40 arm, 62 x86-64, 183 aarch64, 243 riscv. */
  readonly machine: number
  /** PT_INTERP: the loader's absolute path; null in a static program and in most libraries. */
  readonly interpreter: string | null
  /** DT_NEEDED in the file's order: names ('libc.so.6') or, with a slash, paths. */
  readonly needed: readonly string[]
  /** DT_RPATH, split at its colons; `$ORIGIN` and its kind are kept as they stand. */
  readonly rpath: readonly string[]
  /** DT_RUNPATH, as rpath. */
  readonly runpath: readonly string[]
}

/** A file of which only some places are looked at: a program may be as large as memory. */
export interface ElfSource {
  readonly length: number
  /** Bytes from `offset` on, `size` of them or those that there are. */
  read(offset: number, size: number): Uint8Array
}

interface Segment {
  readonly type: number
  /** Byte offset in the file, length in the file, address in memory. */
  readonly offset: number
  readonly size: number
  readonly address: number
}

const PT = { load: 1, dynamic: 2, interp: 3 } as const
const DT = { null: 0, needed: 1, strtab: 5, rpath: 15, runpath: 29 } as const
const maxString = 4096 // PATH_MAX, and search paths hold a few paths at most

/**
 * @throws MiniDockerError InvalidArgument for anything that is no ELF file, is cut short or contradicts itself; every
 * read is checked against the file's end, because offsets in it are a stranger's word
 */
export function readElf(source: Uint8Array | ElfSource): Elf {
  const file = new Reader(source instanceof Uint8Array ? inMemory(source) : source)
  const segments = programHeaders(file)
  for (const { type, offset, size } of segments) if (type === PT.load) file.check(offset, size)
  const interp = segments.find(segment => segment.type === PT.interp)
  const dynamic = segments.find(segment => segment.type === PT.dynamic)
  return {
    class: file.wide ? 64 : 32,
    machine: file.number(18, 2),
    interpreter: interp === undefined ? null : file.string(interp.offset, interp.offset + interp.size),
    ...(dynamic === undefined ? { needed: [], rpath: [], runpath: [] } : dynamicSection(file, dynamic, segments)),
  }
}

function programHeaders(file: Reader): Segment[] {
  const table = file.word(file.wide ? 32 : 28)
  const entrySize = file.number(file.wide ? 54 : 42, 2)
  const count = file.number(file.wide ? 56 : 44, 2)
  if (count > 0 && entrySize !== (file.wide ? 56 : 32)) malformed(`program headers of ${entrySize} bytes`)
  file.check(table, count * entrySize)
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * entrySize
    return file.wide
      ? { type: file.number(at, 4), offset: file.word(at + 8), address: file.word(at + 16), size: file.word(at + 32) }
      : { type: file.number(at, 4), offset: file.word(at + 4), address: file.word(at + 8), size: file.word(at + 16) }
  })
}

function dynamicSection(file: Reader, dynamic: Segment, segments: readonly Segment[]) {
  const half = file.wide ? 8 : 4
  const found = new Map<number, number[]>([DT.needed, DT.strtab, DT.rpath, DT.runpath].map(tag => [tag, []]))
  file.check(dynamic.offset, dynamic.size)
  for (let at = dynamic.offset; at + 2 * half <= dynamic.offset + dynamic.size; at += 2 * half) {
    const tag = file.low(at)
    if (tag === DT.null) break
    if (found.has(tag)) found.get(tag)!.push(file.word(at + half))
  }
  const strings = (tag: number): string[] => {
    const places = found.get(tag) ?? []
    if (places.length === 0) return []
    const table = fileOffset(found.get(DT.strtab)?.[0] ?? malformed('no DT_STRTAB'), segments)
    return places.map(place => file.string(table + place, file.length))
  }
  const paths = (tag: number) => strings(tag).flatMap(list => list.split(':').filter(path => path !== ''))
  return { needed: strings(DT.needed), rpath: paths(DT.rpath), runpath: paths(DT.runpath) }
}

/** The dynamic section speaks of addresses in memory; PT_LOAD says which bytes of the file land there. */
function fileOffset(address: number, segments: readonly Segment[]): number {
  const home = segments.find(
    segment => segment.type === PT.load && address >= segment.address && address - segment.address < segment.size,
  )
  return home === undefined
    ? malformed(`address 0x${address.toString(16)} is in no PT_LOAD`)
    : address - home.address + home.offset
}

/** Numbers of the file's own width and byte order (e_ident), each checked against the end. */
class Reader {
  readonly wide: boolean
  readonly length: number
  readonly #source: ElfSource
  readonly #little: boolean

  constructor(source: ElfSource) {
    this.#source = source
    this.length = source.length
    this.check(0, 16)
    const [first, second, third, fourth, width, order] = source.read(0, 16)
    if (first !== 0x7f || second !== 0x45 || third !== 0x4c || fourth !== 0x46)
      malformed('does not begin with \\x7fELF')
    if (width !== 1 && width !== 2) malformed(`EI_CLASS ${width}`)
    if (order !== 1 && order !== 2) malformed(`EI_DATA ${order}`)
    this.wide = width === 2
    this.#little = order === 1
  }

  check(offset: number, size: number): void {
    if (offset + size > this.length) malformed(`cut short: ${size} bytes at ${offset} of ${this.length}`)
  }

  number(offset: number, size: 2 | 4): number {
    this.check(offset, size)
    const view = this.#view(offset, size)
    return size === 2 ? view.getUint16(0, this.#little) : view.getUint32(0, this.#little)
  }

  /** An address or offset: 4 or 8 bytes. Past 2^53 it fits no file, and adding to it would lose bits. */
  word(offset: number): number {
    if (!this.wide) return this.number(offset, 4)
    this.check(offset, 8)
    const value = this.#view(offset, 8).getBigUint64(0, this.#little)
    return value > 0x1fffffffffffffn / 4n ? malformed(`0x${value.toString(16)} at ${offset}`) : Number(value)
  }

  /** The low half of a tag: tags of processors and systems are large, and negative in the signed type; none is ours. */
  low(offset: number): number {
    if (!this.wide) return this.number(offset, 4)
    const [first, second] = [this.number(offset, 4), this.number(offset + 4, 4)]
    const [low, high] = this.#little ? [first, second] : [second, first]
    return high === 0 ? low : -1
  }

  /** The NUL-terminated string at `offset` that ends before `end`. */
  string(offset: number, end: number): string {
    this.check(offset, 1)
    const limit = Math.min(end, this.length, offset + maxString)
    const text = this.#source.read(offset, Math.max(0, limit - offset))
    const stop = text.indexOf(0)
    return stop < 0 ? malformed(`a string without end at ${offset}`) : new TextDecoder().decode(text.subarray(0, stop))
  }

  #view(offset: number, size: number): DataView {
    const bytes = this.#source.read(offset, size)
    if (bytes.byteLength < size) malformed(`cut short: ${size} bytes at ${offset}`) // it shrank meanwhile
    return new DataView(bytes.buffer, bytes.byteOffset, size)
  }
}

const inMemory = (bytes: Uint8Array): ElfSource => ({
  length: bytes.byteLength,
  read: (offset, size) => bytes.subarray(offset, offset + size),
})

function malformed(why: string): never {
  return fail('InvalidArgument', { what: 'elf file', why })
}

/** Makes accesses out of system calls: at its entry the call's words are read, at its exit it is known whether they held. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { atFlags } from '#core/sys/constants'
import { Accesses } from './accesses.js'
import { type Call, meaningOf } from './calls.js'
import { readMemory, type SyscallStop } from './ptrace.js'

type Entry = Extract<SyscallStop, { at: 'entry' }>

/** A call that has begun and whose result is awaited. */
interface Begun {
  readonly call: Call
  readonly path: string
  readonly reads: boolean
  readonly makes: boolean
  readonly follows: boolean
}

const PATH_MAX = 4096
const { AT_FDCWD, AT_SYMLINK_NOFOLLOW } = atFlags
const text = new TextDecoder('utf-8', { fatal: true })

export class Watch {
  readonly accesses = new Accesses()
  /** Whether the program runs: what came before was the shell. */
  began = false
  readonly #calls: ReadonlyMap<number, Call>
  readonly #architecture: number
  readonly #first: number
  readonly #begun = new Map<number, Begun>()
  readonly #unseen = new Set<string>()

  constructor(calls: ReadonlyMap<number, Call>, architecture: number, first: number) {
    this.#calls = calls
    this.#architecture = architecture
    this.#first = first
  }

  get unseen(): string[] {
    return [...this.#unseen].sort()
  }

  entered(pid: number, stop: Entry): void {
    this.#begun.delete(pid)
    if (stop.architecture !== this.#architecture) {
      this.#unseen.add('files of a program of another architecture (32 bits)')
      return
    }
    const call = this.#calls.get(stop.number)
    if (call === undefined) return
    if (call.deed === 'change root') {
      this.#unseen.add(`files below another root directory (${call.name})`)
      return
    }
    const words = this.#wordsOf(pid, call, stop.arguments)
    if (words !== null) this.#begun.set(pid, words)
  }

  left(pid: number, result: bigint): void {
    const begun = this.#begun.get(pid)
    this.#begun.delete(pid)
    if (begun === undefined || result < 0n || !this.began || begun.call.deed === 'exec') return
    if (begun.makes) this.accesses.make(withoutLinks(begun.path))
    else if (begun.reads) this.#saw(begun)
    // what is only written to is not taken, but the directory that it is in must be there
    else this.accesses.add({ path: path.dirname(begun.path), seen: 'look', follows: true })
  }

  /** execve(2) has worked. A thread that called it goes by the number of its process from here on. */
  executed(pid: number, former: number): void {
    const begun = this.#begun.get(former)
    this.#begun.delete(former)
    this.#begun.delete(pid)
    if (pid === this.#first) this.began = true
    if (begun !== undefined && this.began) this.#saw(begun)
  }

  ended(pid: number): void {
    this.#begun.delete(pid)
  }

  #saw({ call, path, follows }: Begun): void {
    this.accesses.add({ path, seen: call.deed === 'exec' || call.deed === 'open' ? call.deed : 'look', follows })
  }

  #wordsOf(pid: number, call: Call, words: BigUint64Array): Begun | null {
    const name = this.#nameAt(pid, words[call.path]!)
    if (name === null) return null
    const base = name.startsWith('/')
      ? ''
      : startOf(pid, call.directory === undefined ? AT_FDCWD : Number(BigInt.asIntN(32, words[call.directory]!)))
    if (base === null || otherRoot(pid)) return null
    const path = `${base}${name.startsWith('/') ? '' : '/'}${name}`
    if (call.deed === 'make') return { call, path, reads: false, makes: !fs.existsSync(path), follows: false }
    if (call.deed !== 'open') {
      const flags = call.flags === undefined ? 0 : Number(BigInt.asIntN(32, words[call.flags]!))
      const follows = call.follows === 'flags' ? (flags & AT_SYMLINK_NOFOLLOW) === 0 : call.follows
      return { call, path, reads: true, makes: false, follows }
    }
    const { O_CREAT, O_WRONLY, O_TRUNC, O_NOFOLLOW } = fs.constants
    const given = call.flags === undefined ? BigInt(O_CREAT | O_WRONLY | O_TRUNC) : words[call.flags]!
    const flags = call.name === 'openat2' ? wordAt(pid, given) : given
    const { reads, makes, follows } = meaningOf(Number(BigInt.asUintN(31, flags)), O_NOFOLLOW)
    return { call, path, reads, makes: makes && !fs.existsSync(path), follows }
  }

  /** Null for the empty name, which means the fd itself, and for one that cannot be read. */
  #nameAt(pid: number, address: bigint): string | null {
    // most are short, and a page is a thousand times what they take
    for (const length of [256, PATH_MAX]) {
      const bytes = readMemory(pid, address, length)
      const end = bytes.indexOf(0)
      if (end === 0) return null
      if (end < 0) continue
      try {
        return text.decode(bytes.subarray(0, end))
      } catch {
        this.#unseen.add(`file '${bytes.toString('latin1', 0, end)}', whose name is not UTF-8`)
        return null
      }
    }
    return null
  }
}

const wordAt = (pid: number, address: bigint): bigint => {
  const bytes = readMemory(pid, address, 8)
  return bytes.length === 8 ? bytes.readBigUInt64LE() : 0n
}

/** The directory that a relative path starts at, as the process has it at this moment. */
function startOf(pid: number, fd: number): string | null {
  const link = linkAt(`/proc/${pid}/${fd === AT_FDCWD ? 'cwd' : `fd/${fd}`}`)
  return link?.startsWith('/') ? link : null
}

let ownRoot: string | null | undefined
function otherRoot(pid: number): boolean {
  ownRoot ??= linkAt('/proc/self/root')
  return linkAt(`/proc/${pid}/root`) !== ownRoot
}

function linkAt(place: string): string | null {
  try {
    return fs.readlinkSync(place)
  } catch {
    return null // it has ended, or the fd is a bad one
  }
}

/** Where the new name really lies; its last part is no link that anybody followed. */
function withoutLinks(made: string): string {
  try {
    return path.join(fs.realpathSync(path.dirname(made)), path.basename(made))
  } catch {
    return made // gone again
  }
}

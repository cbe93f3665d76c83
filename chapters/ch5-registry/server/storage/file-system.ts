/**
 * The storage as a directory. A key is a path below it (`layout`); beside them are `lock`, held by who serves it, and `tmp/`,
 * where documents are written before they are renamed to their places.
 *
 * Durable: the file is synced before it gets its name, and the directory after it (rename(2), fsync(2)). A directory that is
 * new has its own name synced as well, up to one that was there.
 */

import { randomUUID } from 'node:crypto'
import * as fs from 'node:fs'
import * as files from 'node:fs/promises'
import * as path from 'node:path'
import { errnoOf, fail } from '#core/errors'
import { lockExclusiveNow } from '#core/sys/libc'
import type { Span } from '../../protocol/range.js'
import type { Appender, Bytes, FileSpan, Stat, Storage } from './storage.js'

const CHUNK = 256 << 10

export class FileSystemStorage implements Storage {
  readonly root: string
  readonly #lock: number
  /** Directories that are there for good: they are never removed while this lives. */
  readonly #directories = new Map<string, Promise<void>>()
  /** By the keys that they make. */
  readonly #commits = new Map<string, Promise<void>>()

  /** @throws MiniDockerError FailedPrecondition: another serves it, or it cannot be written */
  constructor(root: string) {
    this.root = path.resolve(root)
    this.#lock = openLocked(this.root)
    fs.rmSync(`${this.root}/tmp`, { recursive: true, force: true }) // of who was killed
    fs.mkdirSync(`${this.root}/tmp`, { mode: 0o700 })
  }

  async get(key: string): Promise<Buffer | null> {
    return files.readFile(this.#path(key)).catch(nullIfAbsent)
  }

  async put(key: string, bytes: Uint8Array | string): Promise<void> {
    const target = this.#path(key)
    const directory = path.dirname(target)
    await this.#directory(directory)
    const temporary = `${this.root}/tmp/${randomUUID()}`
    try {
      const file = await files.open(temporary, 'wx', 0o644)
      try {
        await file.writeFile(bytes)
        if (bytes.length > 0) await file.datasync()
      } finally {
        await file.close()
      }
      await files.rename(temporary, target)
    } catch (error) {
      await files.rm(temporary, { force: true })
      throw error
    }
    await sync(directory)
  }

  async remove(key: string): Promise<boolean> {
    const target = this.#path(key)
    const gone = await files.unlink(target).catch(nullIfAbsent)
    if (gone === null) return false
    await sync(path.dirname(target))
    return true
  }

  async stat(key: string): Promise<Stat | null> {
    const stat = await files.stat(this.#path(key)).catch(nullIfAbsent)
    return stat === null || !stat.isFile() ? null : { size: stat.size, modified: stat.mtimeMs }
  }

  async list(prefix: string): Promise<readonly string[]> {
    const entries = await files.readdir(this.#path(prefix), { withFileTypes: true }).catch(nullIfAbsent)
    return (entries ?? []).map(entry => `${entry.name}${entry.isDirectory() ? '/' : ''}`).sort()
  }

  async read(key: string, span?: Span): Promise<Bytes | null> {
    const handle = await files.open(this.#path(key), 'r').catch(nullIfAbsent)
    if (handle === null) return null
    const file = { handle, ...(span ?? { first: 0, last: (await handle.stat()).size - 1 }) }
    return { file, [Symbol.asyncIterator]: () => chunksOf(file) }
  }

  async append(key: string, create = false): Promise<Appender | null> {
    const target = this.#path(key)
    if (create) await this.#directory(path.dirname(target))
    const file = await files.open(target, create ? 'wx' : 'r+', 0o644).catch(nullIfAbsent)
    return file === null ? null : new FileAppender(file, (await file.stat()).size)
  }

  /** Who brings what another is just bringing waits for him: to sync it twice would take the disk from both. */
  async commit(upload: string, key: string): Promise<void> {
    for (let other = this.#commits.get(key); other !== undefined; other = this.#commits.get(key)) {
      await other.catch(() => {})
    }
    const commit = this.#commit(this.#path(upload), this.#path(key)).finally(() => this.#commits.delete(key))
    this.#commits.set(key, commit)
    return commit
  }

  async #commit(from: string, to: string): Promise<void> {
    await this.#directory(path.dirname(to))
    if (await haveSameSize(from, to)) {
      await files.unlink(from) // what of it is not on the disk yet need not get there
    } else {
      await sync(from) // before the rename: a name never stands for bytes that are not there yet
      await files.rename(from, to)
    }
    await sync(path.dirname(to))
  }

  async check(): Promise<void> {
    await files.access(`${this.root}/tmp`, fs.constants.W_OK)
  }

  async close(): Promise<void> {
    fs.closeSync(this.#lock)
  }

  /** Keys are made by `layout` of what was checked; this is the last look. */
  #path(key: string): string {
    if (/(?:^|\/)\.{1,2}(?:\/|$)|\0/.test(key)) throw new Error(`no key: ${JSON.stringify(key)}`)
    return `${this.root}/${key}`
  }

  async #directory(directory: string): Promise<void> {
    const known = this.#directories.get(directory)
    if (known !== undefined) return known
    const made = this.#make(directory)
    this.#directories.set(directory, made)
    made.catch(() => this.#directories.delete(directory))
    return made
  }

  async #make(directory: string): Promise<void> {
    if (directory === this.root) return
    await this.#directory(path.dirname(directory))
    await files.mkdir(directory, 0o755).catch(error => {
      if (errnoOf(error) !== 'EEXIST') throw error
    })
    await sync(path.dirname(directory))
  }
}

/** All in one buffer. */
async function* chunksOf({ handle, first, last }: FileSpan): AsyncGenerator<Uint8Array> {
  try {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, last + 1 - first))
    for (let at = first; at <= last; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, last + 1 - at), at)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
      at += bytesRead
    }
  } finally {
    await handle.close()
  }
}

class FileAppender implements Appender {
  readonly #file: files.FileHandle
  #open = true
  readonly version = ''
  size: number

  constructor(file: files.FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    let rest = chunks
    while (rest.length > 0) {
      let { bytesWritten } = await this.#file.writev(rest, this.size)
      this.size += bytesWritten
      // a disk that is nearly full takes a part
      const left: Uint8Array[] = []
      for (const chunk of rest) {
        if (bytesWritten < chunk.length) left.push(chunk.subarray(bytesWritten))
        bytesWritten = Math.max(0, bytesWritten - chunk.length)
      }
      rest = left
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    await this.#file.close()
  }
}

function openLocked(root: string): number {
  try {
    fs.mkdirSync(root, { recursive: true, mode: 0o755 })
    const fd = fs.openSync(`${root}/lock`, 'a', 0o600)
    if (lockExclusiveNow(fd)) return fd
    fs.closeSync(fd)
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === undefined) throw cause
    fail('FailedPrecondition', {
      what: `registry '${root}'`,
      why: errno,
      hint: '--root DIR names another place',
      cause,
    })
  }
  return fail('FailedPrecondition', {
    what: `registry '${root}'`,
    why: 'is in use by another process',
    hint: 'one serves a directory, and collects its garbage by itself',
  })
}

/** One that is shorter was damaged. */
async function haveSameSize(one: string, other: string): Promise<boolean> {
  const [{ size }, there] = await Promise.all([files.stat(one), files.stat(other).catch(nullIfAbsent)])
  return there?.size === size
}

/** A file's bytes, or a directory's names. */
async function sync(place: string): Promise<void> {
  const file = await files.open(place, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** ENOTDIR and EISDIR: a repository is called as another's tag is. */
function nullIfAbsent(error: unknown): null {
  if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoOf(error) ?? '')) return null
  throw error
}

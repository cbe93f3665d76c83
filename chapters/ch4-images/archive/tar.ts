/**
 * Archives in which images travel, read and written as streams by tar-stream: a layer passes through, whatever its size. Nothing
 * of one is unpacked to where it says: its names are looked up, never opened.
 */

import * as fs from 'node:fs'
import { extract, type Headers, pack } from 'tar-stream'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { decompressor, detect } from '../layer/compress.js'
import { Room } from './room.js'

export interface ArchiveEntry {
  /** As it stands there: `./blobs/sha256/…`. */
  readonly name: string
  readonly type: 'file' | 'link' | 'other'
  /** Bytes. */
  readonly size: number
  /** Of a symlink or hard link. */
  readonly target: string
  /** Of a symlink it is relative to where it stands, of a hard link to the archive. */
  readonly isSymlink: boolean
}

/** Takes an entry; it must read the content of a file to its end, and copy what it keeps: the memory is used again. */
export type TakeEntry = (entry: ArchiveEntry, content: AsyncIterable<Uint8Array>) => Promise<void>

/** What is read at once. Compressed, it may become a thousand times as much. */
export const CHUNK = 256 << 10
const COMPRESSED_CHUNK = 32 << 10
/** No header is that long: who announces one would have it kept in memory. */
const HEADERS_MAX = 4 << 20

/** @param fd of the archive, plain or compressed @throws MiniDockerError FailedPrecondition for what is no tar archive */
export async function readArchive(fd: number, name: string, take: TakeEntry): Promise<void> {
  const untar = extract({ allowUnknownFormat: true })
  const unread = { bytes: 0 }
  const gone = new Promise<void>(resolve => untar.on('close', resolve))
  const feeding = feed(fd, untar, unread, gone).catch(error => untar.destroy(error as Error))
  try {
    for await (const entry of untar) {
      unread.bytes = 0
      await take(entryOf(entry.header), counting(entry as AsyncIterable<Uint8Array>, unread))
    }
    await feeding
  } catch (cause) {
    untar.destroy()
    await feeding
    throw archiveError(name, cause)
  }
}

type Untar = ReturnType<typeof extract>

async function feed(fd: number, untar: Untar, unread: { bytes: number }, gone: Promise<void>): Promise<void> {
  const waiting: Uint8Array[] = []
  // as long as nothing is taken out, no more than a header goes in: see `pass`
  const room = new Room(HEADERS_MAX + 4 * CHUNK)
  let read = readUpTo(fd, room.take(COMPRESSED_CHUNK))
  const kind = detect(read)
  // what was read lies in the room until then; what was decompressed, in a buffer that is used again at once
  const codec = decompressor(kind, chunk => void waiting.push(kind === 'none' ? chunk : Buffer.from(chunk)))
  const pass = async (): Promise<void> => {
    for (let chunk = waiting.shift(); chunk !== undefined && !untar.destroyed; chunk = waiting.shift()) {
      unread.bytes += chunk.length
      if (unread.bytes > HEADERS_MAX + chunk.length) {
        fail('FailedPrecondition', { what: 'archive', why: `has a header of more than ${HEADERS_MAX} bytes` })
      }
      if (!untar.write(chunk)) await Promise.race([new Promise(resolve => untar.once('drain', resolve)), gone])
    }
  }
  try {
    while (read.length > 0 && !untar.destroyed) {
      await codec.write(read)
      await pass()
      read = readUpTo(fd, room.take(kind === 'none' ? CHUNK : COMPRESSED_CHUNK))
    }
    if (untar.destroyed) return
    await codec.end()
    await pass()
    untar.end()
  } finally {
    codec.close()
  }
}

/** Synchronous reads: a file's come from memory, and whoever waits for a pipe has nothing else to do. */
function readUpTo(fd: number, buffer: Buffer): Buffer {
  let at = 0
  while (at < buffer.length) {
    try {
      const read = fs.readSync(fd, buffer, at, buffer.length - at, null)
      if (read === 0) break
      at += read
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error
      pause()
    }
  }
  return buffer.subarray(0, at)
}

/** A pipe that somebody else made non-blocking. */
export const pause = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)

async function* counting(content: AsyncIterable<Uint8Array>, unread: { bytes: number }): AsyncIterable<Uint8Array> {
  for await (const chunk of content) {
    unread.bytes = 0
    yield chunk
  }
}

function entryOf({ name, type, size = 0, linkname }: Headers): ArchiveEntry {
  const kind =
    type === 'file' || type === 'contiguous-file' ? 'file' : type === 'symlink' || type === 'link' ? 'link' : 'other'
  return { name, type: kind, size, target: linkname ?? '', isSymlink: type === 'symlink' }
}

function archiveError(name: string, cause: unknown): unknown {
  // of the decompression, too: to that, everything is a layer
  if (cause instanceof MiniDockerError && !/^(archive|layer 'archive'): /.test(cause.message)) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  if (!(cause instanceof MiniDockerError) && errnoOf(cause) !== undefined && !/^(Z_|ERR_)/.test(errnoOf(cause)!))
    return cause
  const why = /unexpected end/i.test(message)
    ? 'it is cut off'
    : /header/i.test(message) && !(cause instanceof MiniDockerError)
      ? 'is no tar archive, or was changed'
      : message.replace(/^(archive|layer 'archive'): /, '')
  return new MiniDockerError('FailedPrecondition', {
    what: `archive '${name}'`,
    why,
    hint: 'write it again: docker save, mini-docker ch4 save',
    cause,
  })
}

/**
 * Bytes on their way through a writer, at the most: one piece that is written, one that waits for it, one that tar-stream holds
 * because more than its 16 KiB are in there already, and as much again.
 */
export const HELD = 6 * CHUNK

/** Writes an archive: the same entries make the same bytes. */
export class ArchiveWriter {
  readonly #pack = pack()
  readonly #written: Promise<void>

  /** @param write takes all of a chunk before it returns */
  constructor(write: (chunk: Uint8Array) => void) {
    this.#written = this.#drain(write)
    this.#written.catch(() => undefined) // told to whoever adds the next entry, or ends
  }

  async directory(name: string): Promise<void> {
    await this.#entry({ name, type: 'directory', mode: 0o755, size: 0 }, [])
  }

  /** @param content exactly `size` bytes; a piece may be used again when `HELD` bytes more were asked for */
  async file(name: string, size: number, content: Iterable<Uint8Array>): Promise<void> {
    await this.#entry({ name, type: 'file', mode: 0o644, size }, content)
  }

  async end(): Promise<void> {
    this.#pack.finalize()
    await this.#written
  }

  async #entry(headers: Headers, content: Iterable<Uint8Array>): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      // no time, no owner: what they are now is no property of the image
      const sink = this.#pack.entry({ ...headers, mtime: new Date(0), uid: 0, gid: 0 }, error =>
        error ? reject(error) : resolve(),
      )
      const pour = async (): Promise<void> => {
        for (const chunk of content) {
          if (!sink.write(chunk))
            await Promise.race([new Promise(drained => sink.once('drain', drained)), this.#written])
        }
        sink.end()
      }
      pour().catch(error => {
        sink.destroy(error as Error)
        reject(error)
      })
    })
    await Promise.race([done, this.#written])
  }

  async #drain(write: (chunk: Uint8Array) => void): Promise<void> {
    for await (const chunk of this.#pack) write(chunk as Uint8Array)
  }
}

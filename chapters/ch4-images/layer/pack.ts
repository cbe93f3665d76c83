/**
 * A tree → a layer: archived, compressed and both digests computed in one go. The same tree gives the same diffID,
 * always; the same digest where the same library compresses it.
 */

import type { Buffer } from 'node:buffer'
import * as fs from 'node:fs'
import { type Compression, compressor } from './compress.js'
import { DigestStream } from './digest-stream.js'
import type { Entry } from './entry.js'
import { type WalkOptions, walk } from './walk.js'
import { LayerWriter } from './writer.js'

export interface PackOptions {
  /** The layer is written to it. */
  readonly out: number
  readonly compression: Compression
  readonly level?: number
  /**
   * Seconds since 1970: no time is later. The times of a build differ from one to the next; with the environment's
   * SOURCE_DATE_EPOCH here they do not (reproducible-builds.org/specs/source-date-epoch).
   */
  readonly clampMtime?: number
}

export interface PackJob extends PackOptions, WalkOptions {
  readonly root: string
}

export interface Packed {
  /** Of the uncompressed archive, and its length. */
  readonly diffId: string
  readonly unpackedSize: number
  /** Of what was written, and its length. */
  readonly digest: string
  readonly size: number
}

/** @throws FailedPrecondition when a file changes meanwhile, Unsupported, Errno */
export const packLayer = (job: PackJob): Promise<Packed> => packEntries(walk(job.root, job), job)

/** As walk() and changes() find them; or with the bytes themselves for content. */
export interface Packable {
  readonly entry: Entry
  /** Content of a file: an fd, which is closed by who asked, or bytes. */
  open(): number | Uint8Array
}

/** Entries from anywhere. */
export async function packEntries(found: Iterable<Packable>, options: PackOptions): Promise<Packed> {
  const { out, compression, level, clampMtime } = options
  const [packed, unpacked] = [new DigestStream(), new DigestStream()]
  const codec = compressor(
    compression,
    chunk => {
      packed.update(chunk)
      writeAll(out, chunk)
    },
    level,
  )
  /** Chunks that the codec has. Two of them: one that it works on, and the next, which is filled meanwhile. */
  const underWay: { readonly chunk: Buffer; readonly through: Promise<void> | undefined }[] = []
  const writer = new LayerWriter(chunk => {
    unpacked.update(chunk)
    underWay.push({ chunk, through: codec.write(chunk) })
  })
  const waitFor = async (most: number): Promise<void> => {
    while (underWay.length > most) {
      const { chunk, through } = underWay.shift()!
      await through
      writer.reuse(chunk)
    }
  }
  try {
    for (const one of found)
      for (const _ of contentOf(writer, one, clampMtime)) if (underWay.length > 1) await waitFor(1)
    writer.end()
    await waitFor(0)
    await codec.end()
    return { diffId: unpacked.end(), unpackedSize: unpacked.size, digest: packed.end(), size: packed.size }
  } finally {
    codec.close()
  }
}

function* contentOf(writer: LayerWriter, found: Packable, clamp: number | undefined): Generator<void> {
  const entry = clamped(found.entry, clamp)
  if (entry.size === 0) writer.add(entry)
  else {
    const content = found.open()
    try {
      yield* writer.steps(entry, content)
    } finally {
      if (typeof content === 'number') fs.closeSync(content)
    }
  }
  yield
}

function clamped(entry: Entry, seconds: number | undefined): Entry {
  if (seconds === undefined) return entry
  const latest = BigInt(seconds) * 1_000_000_000n
  return entry.mtime > latest ? { ...entry, mtime: latest } : entry
}

function writeAll(fd: number, chunk: Buffer): void {
  for (let at = 0; at < chunk.length; ) at += fs.writeSync(fd, chunk, at, chunk.length - at)
}

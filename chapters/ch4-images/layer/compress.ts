/**
 * Compressed layers: which kind it is, and bytes through it in both directions, so many at a time that memory stays flat.
 *
 * gzip may have several members (RFC 1952, 2.2), and zeros after the last one, which fill up blocks of tapes. Anything else
 * there is refused, where gzip(1) gives a warning and status 2; zstd takes not even zeros, as zstd(1) does.
 *
 * Source: image-spec, layer.md, "+gzip", "+zstd"; RFC 1952, 2.3.1; RFC 8878, 3.1.1.
 */

import type { Buffer } from 'node:buffer'
import * as zlib from 'node:zlib'
import { throughStream } from './zlib-stream.js'
import { loadZstd, zstdCompressor, zstdDecompressor } from './zstd.js'

export type Compression = 'none' | 'gzip' | 'zstd'

export interface Codec {
  /**
   * Takes the chunk, which must not change until the promise comes true; none means that it is done with it already.
   * Whoever waits for the last promise but one keeps both threads busy and little in memory.
   * Rejects with FailedPrecondition for what is no such data, and with what the output throws.
   */
  write(chunk: Buffer): Promise<void> | undefined
  /** All was written, and is handed out when this comes true. Rejects likewise: also when something is missing. */
  end(): Promise<void>
  /** Frees what it holds; after end(), or instead of it. */
  close(): void
}

/** Takes what comes out; the bytes are its own until it returns. */
export type Output = (chunk: Buffer) => void

const magic: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
]

/** By the first four bytes. A tar archive begins with a name, and no name begins like these. */
export function detect(first: Uint8Array): Compression {
  for (const [kind, bytes] of magic) if (bytes.every((byte, i) => first[i] === byte)) return kind
  // zstd's skippable frames, which may come first: 0x184d2a50 to 5f
  const skippable = first[0] !== undefined && (first[0] & 0xf0) === 0x50
  return skippable && first[1] === 0x2a && first[2] === 0x4d && first[3] === 0x18 ? 'zstd' : 'none'
}

const CHUNK = 1 << 20

/**
 * Loads what it needs at once: a process that is to change its root has to have it before. @throws Unsupported
 * @param of what errors call the data's owner
 */
export function decompressor(kind: Compression, output: Output, of = 'archive'): Codec {
  if (kind === 'none') return plain(output)
  if (kind === 'zstd') return zstdDecompressor(output, `layer '${of}': zstd data`)
  return throughStream(`layer '${of}': gzip data`, zlib.createGunzip({ chunkSize: CHUNK }), output)
}

/** Loads what that kind needs, for who is to change its root before it begins. @throws Unsupported */
export function readyFor(kind: Compression): void {
  if (kind === 'zstd') loadZstd()
}

/** @param level 1 to 9 for gzip (6), 1 to 19 for zstd (3). @throws Unsupported */
export function compressor(kind: Compression, output: Output, level?: number): Codec {
  if (kind === 'none') return plain(output)
  if (kind === 'zstd') return zstdCompressor(output, level ?? 3)
  return throughStream('gzip', zlib.createGzip({ level: level ?? 6, chunkSize: CHUNK / 4 }), output)
}

const plain = (output: Output): Codec => ({
  write(chunk) {
    output(chunk)
    return undefined
  },
  async end() {},
  close() {},
})

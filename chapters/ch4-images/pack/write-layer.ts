/** Files into a layer's blob in the store: tar, digest, compression, digest, all on the way; and what was seen of them. */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as zlib from 'node:zlib'
import { mediaTypes } from '#core/spec/image'
import { randomId } from '#core/sys/random'
import type { NewLayer } from '../image/make.js'
import type { Images } from '../images.js'
import { LayerWriter } from '../layer/writer.js'
import type { Lease } from '../store/leases.js'
import { clamped, type Owner, ownedByRoot, secondsOf } from './entries.js'
import type { Found } from './found.js'
import type { Compression } from './wish.js'

export interface WriteOptions {
  readonly lease: Lease
  readonly compression: Compression
  /** Seconds since 1970: no time is later. */
  readonly clamp: number | undefined
  /** Whose files become root's; absent: owners stay as they are. */
  readonly packer?: Owner
}

export interface WrittenLayer extends NewLayer {
  readonly files: number
  /** Bytes of all files. */
  readonly bytes: number
  /** Seconds since 1970: when the newest file was written. */
  readonly newest: number
}

/** The same files give the same digests, whenever and wherever they are written. */
export async function writeLayer(
  images: Images,
  found: Iterable<Found>,
  { lease, compression, clamp, packer = { uid: 0, gid: 0 } }: WriteOptions,
): Promise<WrittenLayer> {
  const ingest = images.store.ingest(`pack-${randomId()}`, lease)
  const seen = { files: 0, bytes: 0, newest: 0 }
  try {
    const hash = createHash('sha256')
    const full: Buffer[] = []
    const writer = new LayerWriter(chunk => full.push(chunk))
    const compressor = compressorOf(compression, chunk => ingest.write(chunk))
    const drain = async (): Promise<void> => {
      for (const chunk of full.splice(0)) {
        hash.update(chunk)
        await compressor.write(chunk)
      }
    }
    for (const one of found) {
      const entry = clamped(ownedByRoot(one.entry, packer), clamp)
      for (const _ of content(writer, { ...one, entry })) await drain()
      if (full.length > 0) await drain()
      if (entry.type === 'file') {
        seen.files++
        seen.bytes += entry.size
      }
      if (entry.type !== 'directory') seen.newest = Math.max(seen.newest, secondsOf(entry.mtime))
    }
    writer.end()
    await drain()
    await compressor.end()
    const { size } = ingest
    const digest = ingest.commit({})
    return { diffId: `sha256:${hash.digest('hex')}`, digest, size, mediaType: mediaTypeOf[compression], ...seen }
  } finally {
    ingest.abort()
  }
}

const mediaTypeOf = { gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd, none: mediaTypes.layer } as const

function* content(writer: LayerWriter, { entry, open }: Found): Generator<void> {
  if (entry.type !== 'file') {
    yield* writer.steps(entry)
    return
  }
  const source = open()
  try {
    yield* writer.steps(entry, source)
  } finally {
    if (typeof source === 'number') fs.closeSync(source)
  }
}

interface Compressor {
  write(chunk: Buffer): Promise<void>
  end(): Promise<void>
}

function compressorOf(_compression: Compression, write: (chunk: Buffer) => void): Compressor {
  const gzip = zlib.createGzip({ level: 6, chunkSize: 1 << 18 })
  gzip.on('data', write)
  return {
    write: chunk => new Promise((done, failed) => gzip.write(chunk, error => (error ? failed(error) : done()))),
    end: () => new Promise(done => gzip.on('end', done).end()),
  }
}

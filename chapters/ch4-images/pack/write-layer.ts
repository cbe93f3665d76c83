/** Files into a layer's blob in the store, and what was seen of them on the way. */

import * as fs from 'node:fs'
import { mediaTypes } from '#core/spec/image'
import { randomId } from '#core/sys/random'
import type { NewLayer } from '../image/make.js'
import type { Images } from '../images.js'
import type { Compression } from '../layer/compress.js'
import { type Packable, packEntries } from '../layer/pack.js'
import type { Lease } from '../store/leases.js'
import { type Owner, ownedByRoot, secondsOf } from './entries.js'

export interface WriteOptions {
  readonly lease: Lease
  readonly compression: Compression
  readonly level?: number
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
  found: Iterable<Packable>,
  { lease, clamp, packer, ...how }: WriteOptions,
): Promise<WrittenLayer> {
  const ingest = images.store.ingest(`pack-${randomId()}`, lease)
  const seen = { files: 0, bytes: 0, newest: 0 }
  const out = fs.openSync(ingest.path, 'r+')
  try {
    const clampMtime = clamp === undefined ? {} : { clampMtime: clamp }
    const { diffId, digest, size } = await packEntries(counted(found, seen, packer), {
      out,
      ...how,
      ...clampMtime,
    })
    ingest.commit({}, { digest, size })
    const newest = Math.min(seen.newest, clamp ?? seen.newest)
    return { diffId, digest, size, mediaType: mediaTypeOf[how.compression], ...seen, newest }
  } finally {
    fs.closeSync(out)
    ingest.abort()
  }
}

const mediaTypeOf = { gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd, none: mediaTypes.layer } as const

function* counted(
  found: Iterable<Packable>,
  seen: { files: number; bytes: number; newest: number },
  packer: Owner = { uid: 0, gid: 0 },
): Generator<Packable> {
  for (const one of found) {
    const entry = ownedByRoot(one.entry, packer)
    if (entry.type === 'file') seen.files++
    seen.bytes += entry.size
    // a directory's time says when something came or went: also what is not taken
    if (entry.type !== 'directory') seen.newest = Math.max(seen.newest, secondsOf(entry.mtime))
    yield { entry, open: () => one.open() }
  }
}

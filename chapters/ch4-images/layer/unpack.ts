/**
 * A blob → the tree of a layer: one reading, in which it is decompressed, put in place, and the diff ID is computed. The caller
 * compares that with what the image's config says: what was unpacked of a wrong blob is to be thrown away. The blob's own
 * digest was compared when it came into the store; content that gives this diff ID is the right one, whatever carried it.
 */

import { Buffer } from 'node:buffer'
import * as fs from 'node:fs'
import { fail } from '#core/errors'
import { type Applied, LayerApplier } from './apply.js'
import { decompressor, detect } from './compress.js'
import { DigestStream } from './digest-stream.js'
import { LayerReader, type ReaderOptions } from './reader.js'

export interface UnpackJob extends ReaderOptions {
  /** Read from its position to its end; compressed in any way that we know, or not. */
  readonly blob: number
  readonly root: string
  /** Called when all that this machine has to give is loaded, and no path was touched: the place to change the root. */
  readonly enter?: () => void
  /** Told how much of the blob was read, a mebibyte at a time. */
  readonly progress?: (bytes: number) => void
}

export interface UnpackLimits {
  readonly maxEntries?: number
  /** Of the files' content. The archive around it may take as much again. */
  readonly maxBytes?: number
  readonly hint?: string
}

export interface Unpacked extends Applied {
  /** Of the uncompressed archive, and its length. */
  readonly diffId: string
  readonly unpackedSize: number
  /** Of the blob. */
  readonly size: number
}

const CHUNK = 1 << 20
/** Headers, padding and what stands after the end marker: no more than this beside as much as the content. */
const AROUND = 16 * CHUNK

/** @throws FailedPrecondition, Unsupported, Unavailable: what is at `root` then is part of a layer */
export async function unpackLayer(job: UnpackJob, limits: UnpackLimits = {}): Promise<Unpacked> {
  const { blob, root, name = 'archive' } = job
  const unpacked = new DigestStream()
  let size = 0
  const hint = limits.hint === undefined ? {} : { hint: limits.hint }
  const archiveMax = 2 * (limits.maxBytes ?? Number.POSITIVE_INFINITY) + AROUND
  const chunks = [Buffer.allocUnsafeSlow(CHUNK), Buffer.allocUnsafeSlow(CHUNK)] as const
  let chunk = fill(blob, chunks[0])
  const take = (bytes: Buffer): void => {
    unpacked.update(bytes)
    if (unpacked.size > archiveMax) {
      fail('FailedPrecondition', {
        what: `layer '${name}'`,
        why: `it expands to more than ${archiveMax} bytes`,
        ...hint,
      })
    }
    reader.push(bytes)
  }
  const codec = decompressor(detect(chunk), take, name)
  job.enter?.()
  const applier = new LayerApplier(root, { ...limits, name })
  const reader = new LayerReader(applier, job)
  try {
    let before: Promise<void> | undefined
    for (let turn = 1; chunk.length > 0; turn++) {
      size += chunk.length
      job.progress?.(size)
      const written = codec.write(chunk)
      await before // then its chunk is free for the next read
      before = written
      chunk = fill(blob, chunks[turn % 2]!)
    }
    await before
    await codec.end()
    reader.end()
    const applied = applier.finish()
    const { size: unpackedSize } = unpacked
    return { ...applied, diffId: unpacked.end(), unpackedSize, size }
  } finally {
    codec.close()
    applier.close()
  }
}

/** As much as there is up to the buffer's length; nothing at the end of the file. */
function fill(fd: number, buffer: Buffer): Buffer {
  let filled = 0
  while (filled < buffer.length) {
    const length = fs.readSync(fd, buffer, filled, buffer.length - filled, null)
    if (length === 0) break
    filled += length
  }
  return buffer.subarray(0, filled)
}

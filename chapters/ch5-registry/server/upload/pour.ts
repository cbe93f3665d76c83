/**
 * From a connection into an upload: hashed while the disk writes. No more than two batches are in memory, so that a blob of
 * any size takes the same, and a slow disk slows its client.
 */

import type { Hash } from 'node:crypto'
import { Cut } from '../refusal.js'
import type { Appender } from '../storage/storage.js'
import type { Limits } from './uploads.js'

/** Of all uploads together, before it is written. */
const WAITING = 5 << 20
const BATCH_MAX = 512 << 10
/** What a socket brings at once. */
const BATCH_MIN = 64 << 10

/** Bytes of one write: each is a turn of a thread, and one of two batches waits for another. */
export const batchOf = (uploads: number): number => Math.max(BATCH_MIN, Math.min(BATCH_MAX, WAITING / uploads))

/** @throws Cut when the connection ended early: what came before is written and hashed */
export async function pour(
  chunks: AsyncIterable<Uint8Array>,
  appender: Appender,
  hash: Hash,
  { room, tooMuch }: Limits,
  batchBytes: () => number,
): Promise<void> {
  let batch: Uint8Array[] = []
  let waiting = 0
  let total = appender.size
  let writing: Promise<void> = Promise.resolve()
  const flush = async (): Promise<void> => {
    const full = batch
    batch = []
    waiting = 0
    await writing
    writing = full.length > 0 ? appender.write(full) : Promise.resolve()
    writing.catch(() => {}) // it is awaited, but later
    for (const chunk of full) hash.update(chunk)
  }
  try {
    for await (const chunk of chunks) {
      total += chunk.length
      if (total > room) tooMuch()
      batch.push(chunk)
      waiting += chunk.length
      if (waiting >= batchBytes()) await flush()
    }
  } catch (error) {
    if (!isCut(error)) throw error
    await flush()
    await writing
    throw new Cut('the connection ended', { cause: error })
  }
  await flush()
  await writing
}

const isCut = (error: unknown): boolean =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ETIMEDOUT'].includes((error as { code?: string }).code ?? '')

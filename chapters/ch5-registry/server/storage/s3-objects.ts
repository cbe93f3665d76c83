/**
 * Objects of a bucket, as far as a storage needs them: each request is short, may be made twice, and is made again when the store
 * was only busy. The library signs and reads XML; it is loaded by who serves from a bucket alone.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { errnoOf } from '#core/errors'
import type { S3Address } from './s3-address.js'

export interface Entry {
  /** Without the prefix; below a delimiter it ends in a slash. */
  readonly key: string
  readonly size: number
  /** Milliseconds since 1970. */
  readonly modified: number
}

export interface Objects {
  /** null: there is none */
  get(key: string): Promise<Buffer | null>
  /** @param end not included */
  range(key: string, first: number, end: number): Promise<Buffer>
  put(key: string, bytes: Uint8Array | string): Promise<void>
  /** Also of what is not there. */
  remove(...keys: readonly string[]): Promise<void>
  /** All that begin with it; with a delimiter, those directly below alone. */
  list(prefix: string, options?: { readonly shallow?: true; readonly most?: number }): Promise<Entry[]>
}

/** Of one request, body included: none has more than a piece. */
const REQUEST_MS = 60_000
const TRIES = 4

/** What could not be done with the store: whoever asked the registry is told to come again. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code = 'ESTORAGE'
}

export async function openObjects({
  endpoint,
  region,
  prefix,
  accessKeyId,
  secretAccessKey,
}: S3Address): Promise<Objects> {
  const { S3mini } = await import('s3mini')
  const s3 = new S3mini({ endpoint, region, accessKeyId, secretAccessKey, requestAbortTimeout: REQUEST_MS })
  const at = (key: string): string => `${prefix}${key}`
  return {
    get: key =>
      again(`get ${key}`, async () => {
        const bytes = await s3.getObjectArrayBuffer(at(key))
        return bytes === null ? null : Buffer.from(bytes)
      }),
    range: (key, first, end) =>
      again(`read ${key}`, async () => {
        const answer = await s3.getObjectRaw(at(key), false, first, end)
        const all = Buffer.from(await answer.arrayBuffer())
        // a range is a wish: RFC 9110, 14.2
        const bytes = answer.status === 200 ? all.subarray(first, end) : all
        if (bytes.length !== end - first) throw new Error(`${bytes.length} bytes came, not ${end - first}`)
        return bytes
      }),
    put: (key, bytes) =>
      again(`put ${key}`, async () => {
        await s3.putObject(at(key), bytes)
      }),
    remove: async (...keys) => {
      for (const key of keys) await again(`remove ${key}`, () => s3.deleteObject(at(key)))
    },
    list: (below, { shallow, most } = {}) =>
      again(`list ${below}`, async () => {
        const options = shallow === true ? { delimiter: '/' } : {}
        const found =
          most === undefined
            ? await s3.listObjects('/', at(below), undefined, options)
            : (await s3.listObjectsPaged('/', at(below), most, undefined, options))?.objects
        if (found == null) throw new Error('there is no such bucket')
        return found.map(({ Key, Size, LastModified }) => ({
          key: Key.slice(prefix.length),
          size: Number(Size ?? 0),
          modified: new Date(LastModified ?? 0).getTime(),
        }))
      }),
  }
}

/** @throws StorageError */
async function again<T>(what: string, action: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await action()
    } catch (cause) {
      const status = (cause as { status?: number }).status ?? 500
      if (tries >= TRIES || (status < 500 && status !== 429 && status !== 408)) {
        const why = errnoOf(cause) ?? errnoOf((cause as Error).cause) ?? (cause as Error).message
        throw new StorageError(`object store: ${what}: ${why}`, { cause })
      }
      await sleep(100 * 4 ** (tries - 1) * (0.5 + Math.random() / 2))
    }
  }
}

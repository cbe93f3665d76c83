/**
 * The storage as a bucket of an object store, which several registries may serve at once. A document is an object under its key. What
 * was uploaded is pieces, objects of their own, and under `<key>~` the list of them:
 *
 *     pieces/<upload>/<session>-<n>      bytes, never changed
 *     repositories/a/_uploads/<id>~      which pieces an upload has so far
 *     blobs/sha256/<hex>~                … and a blob
 *
 * An object cannot be appended to, and the parts of a multipart upload cannot be read before it is complete: another server
 * could not go on with the hash. Pieces can, a list is replaced in one step, and nothing is copied when an upload becomes a blob.
 *
 * Two servers may write into one upload: a client lost one and came to the other. Each piece is named after its session, the later
 * list counts, and who verified a list commits that very one, whatever another has written since.
 */

import { randomUUID } from 'node:crypto'
import * as path from 'node:path'
import { fail } from '#core/errors'
import type { Span } from '../../protocol/range.js'
import { parseS3Address } from './s3-address.js'
import { type Objects, openObjects } from './s3-objects.js'
import { bytesOf, type Piece, type Pieces, S3Appender, sizeOf } from './s3-pieces.js'
import type { Appender, Stat, Storage } from './storage.js'

/** Lists of uploads that this process has verified, or is about to. */
const SEEN = 2000

export class S3Storage implements Storage {
  readonly #objects: Objects
  readonly #open = new Map<string, S3Appender>()
  readonly #seen = new Map<string, Pieces>()

  constructor(objects: Objects) {
    this.#objects = objects
  }

  /** @throws MiniDockerError InvalidArgument, FailedPrecondition, Unavailable */
  static async open(address: string, env: Readonly<Record<string, string | undefined>>): Promise<S3Storage> {
    const storage = new S3Storage(await openObjects(parseS3Address(address, env)))
    await storage.check().catch(cause =>
      fail('Unavailable', {
        what: `storage '${address}'`,
        why: (cause as Error).message,
        hint: 'is it running, is the bucket there, and are the keys right?',
        cause,
      }),
    )
    return storage
  }

  async get(key: string): Promise<Buffer | null> {
    const whole = await this.#objects.get(checked(key))
    if (whole !== null) return whole
    const pieces = await this.#pieces(key)
    if (pieces === null) return null
    const chunks: Uint8Array[] = []
    for await (const chunk of bytesOf(this.#objects, pieces)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  async put(key: string, bytes: Uint8Array | string): Promise<void> {
    await this.#objects.put(checked(key), bytes)
  }

  /** The list first, then the pieces: a list never names what is gone. */
  async remove(key: string): Promise<boolean> {
    this.#open.get(key)?.drop()
    this.#seen.delete(key)
    const there = (await this.#objects.list(checked(key), { most: 2 })).map(entry => entry.key)
    if (there.includes(key)) await this.#objects.remove(key)
    if (!there.includes(`${key}~`)) return there.includes(key)
    const pieces = await this.#pieces(key)
    const isTaken = pieces?.becomes !== undefined && isSame(pieces, await this.#pieces(pieces.becomes))
    await this.#objects.remove(`${key}~`)
    if (pieces !== null && !isTaken) await this.#removePieces(pieces)
    return true
  }

  async stat(key: string): Promise<Stat | null> {
    const there = await this.#objects.list(checked(key), { most: 2 })
    const whole = there.find(entry => entry.key === key)
    if (whole !== undefined) return { size: whole.size, modified: whole.modified }
    const list = there.find(entry => entry.key === `${key}~`)
    const pieces = list === undefined ? null : await this.#pieces(key)
    return list === undefined || pieces === null ? null : { size: sizeOf(pieces), modified: list.modified }
  }

  async list(prefix: string): Promise<readonly string[]> {
    const entries = await this.#objects.list(checked(prefix), { shallow: true })
    return [...new Set(entries.map(({ key }) => key.slice(prefix.length).replace(/~$/, '')))]
      .filter(name => name !== '')
      .sort()
  }

  async read(key: string, span?: Span): Promise<AsyncIterable<Uint8Array> | null> {
    const pieces = this.#seen.get(key) ?? (await this.#pieces(key))
    if (pieces !== null) return bytesOf(this.#objects, pieces, span)
    const whole = await this.#objects.get(checked(key))
    const part = whole === null || span === undefined ? whole : whole.subarray(span.first, span.last + 1)
    return part === null ? null : once(part)
  }

  async append(key: string, create = false): Promise<Appender | null> {
    const session = randomUUID()
    const directory = `pieces/${path.basename(key)}`
    const pieces: Pieces | null = create ? { session, directory, pieces: [] } : await this.#pieces(key)
    if (pieces === null || pieces.becomes !== undefined) return null
    const save = async (next: Pieces): Promise<void> => {
      await this.#objects.put(`${key}~`, JSON.stringify(next))
      this.#remember(key, next)
    }
    if (create) await save(pieces)
    else this.#remember(key, pieces)
    const appender = new S3Appender(this.#objects, pieces, session, save, () => this.#open.delete(key))
    this.#open.set(key, appender)
    return appender
  }

  /** It is said first what the upload becomes: who finds it half-way, and purges it, leaves the blob its pieces. */
  async commit(upload: string, key: string): Promise<void> {
    const pieces = this.#seen.get(upload)
    if (pieces === undefined) throw new Error(`upload ${upload} was not verified here`)
    if ((await this.stat(key)) === null) {
      await this.#objects.put(`${upload}~`, JSON.stringify({ ...pieces, becomes: key }))
      await this.#objects.put(`${checked(key)}~`, JSON.stringify(pieces))
    }
    await this.remove(upload)
  }

  async check(): Promise<void> {
    await this.#objects.list('health/', { most: 1 }) // nothing is there: the shortest answer
  }

  async close(): Promise<void> {}

  async #pieces(key: string): Promise<Pieces | null> {
    const bytes = await this.#objects.get(`${checked(key)}~`)
    return bytes === null ? null : (JSON.parse(bytes.toString()) as Pieces)
  }

  /** Also those that no list came to name: of a server that was killed. */
  async #removePieces({ directory }: Pieces): Promise<void> {
    if (!/^pieces\/[0-9a-f-]{36}$/.test(directory)) return
    await this.#objects.remove(...(await this.#objects.list(`${directory}/`)).map(({ key }) => key))
  }

  #remember(key: string, pieces: Pieces): void {
    this.#seen.delete(key)
    this.#seen.set(key, pieces)
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > SEEN && oldest !== undefined) this.#seen.delete(oldest)
  }
}

const isSame = (one: Pieces, other: Pieces | null): boolean => {
  const keys = (pieces: readonly Piece[]): string => pieces.map(({ key }) => key).join()
  return other !== null && keys(one.pieces) === keys(other.pieces)
}

/** Keys are made by `layout` of what was checked; this is the last look. */
function checked(key: string): string {
  if (/(?:^|\/)\.{1,2}(?:\/|$)|[\0~]/.test(key)) throw new Error(`no key: ${JSON.stringify(key)}`)
  return key
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

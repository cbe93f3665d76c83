/**
 * Uploads on their way in. The bytes are in the storage, so that an upload outlives the server; the running hash is in memory,
 * and made anew from the bytes where it is not.
 *
 * One request at a time writes into an upload. Who comes while another is at it has lost its connection and come again: the
 * older request is cut, and what it brought so far stays.
 */

import { createHash, type Hash, randomUUID } from 'node:crypto'
import { errnoOf } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import { uploadRange } from '../../protocol/range.js'
import { pathOf } from '../../protocol/routes.js'
import { Cut, Refusal, refuse } from '../refusal.js'
import { isUploadId, uploadKey, uploadsPrefix } from '../storage/layout.js'
import type { Storage } from '../storage/storage.js'
import { batchOf, pour } from './pour.js'

/** A body of a request, and how to end it. */
export interface Source {
  readonly chunks: AsyncIterable<Uint8Array>
  cut(): void
}

interface State {
  readonly hash: Hash
  /** Bytes that are hashed. */
  readonly size: number
  readonly version: string
}

interface Turn {
  cut(): void
  readonly done: Promise<void>
}

/** Hashes of that many uploads are kept between two requests. */
const STATES = 1000

export interface Limits {
  /** Bytes that an upload may have in all; who brings more is told why. */
  readonly room: number
  readonly tooMuch: () => never
}

export class Uploads {
  readonly #storage: Storage
  readonly #states = new Map<string, State>()
  readonly #turns = new Map<string, Turn>()

  constructor(storage: Storage) {
    this.#storage = storage
  }

  get open(): number {
    return this.#turns.size
  }

  async begin(name: string): Promise<string> {
    const id = randomUUID()
    const appender = await this.#storage.append(uploadKey(name, id), true)
    await appender?.close()
    const version = appender?.version ?? ''
    this.#remember(uploadKey(name, id), { hash: createHash('sha256'), size: 0, version })
    return id
  }

  /** Bytes that are there. @throws Refusal BLOB_UPLOAD_UNKNOWN */
  async size(name: string, id: string): Promise<number> {
    return (await this.#storage.stat(keyOf(name, id)))?.size ?? unknown()
  }

  /**
   * Takes in what `source` brings. @param at where its bytes begin; null: where the last ended
   * @param length how many it should bring; null: as many as it does
   * @returns bytes that are there now
   * @throws Refusal; Cut when it ended early: what came is kept
   */
  async receive(name: string, id: string, source: Source, at: number | null, length: number | null, limits: Limits) {
    return this.#inTurn(keyOf(name, id), source.cut, key => this.#receive(name, id, key, source, at, length, limits))
  }

  /**
   * Receives the last of it, and verifies all. `commit` makes it visible: nobody else has the upload meanwhile.
   * @throws Refusal DIGEST_INVALID: the upload is gone then
   */
  async finish(
    name: string,
    id: string,
    source: Source,
    at: number | null,
    length: number | null,
    limits: Limits,
    digest: Digest,
    commit: (key: string, size: number) => Promise<void>,
  ): Promise<number> {
    return this.#inTurn(keyOf(name, id), source.cut, async key => {
      const size = await this.#receive(name, id, key, source, at, length, limits)
      const is = `sha256:${(await this.#state(key, size)).hash.copy().digest('hex')}`
      if (is !== digest) {
        await this.#remove(key)
        refuse('DIGEST_INVALID', { detail: { digest, is, size } })
      }
      try {
        await commit(key, size)
      } catch (error) {
        if (isNoRoom(error)) await this.#remove(key)
        throw error
      }
      this.#states.delete(key)
      return size
    })
  }

  async cancel(name: string, id: string): Promise<void> {
    await this.#inTurn(
      keyOf(name, id),
      () => {},
      async key => (await this.#remove(key)) || unknown(),
    )
  }

  /** Removes what nobody has written to since. @returns how many */
  async purge(names: readonly string[], olderThan: number): Promise<number> {
    let purged = 0
    for (const name of names) {
      for (const id of (await this.#storage.list(uploadsPrefix(name))).filter(isUploadId)) {
        const key = uploadKey(name, id)
        const stat = this.#turns.has(key) ? null : await this.#storage.stat(key)
        if (stat === null || stat.modified > olderThan || this.#turns.has(key)) continue
        if (
          await this.#inTurn(
            key,
            () => {},
            async () => this.#remove(key),
          )
        )
          purged++
      }
    }
    return purged
  }

  async #receive(
    name: string,
    id: string,
    key: string,
    source: Source,
    at: number | null,
    length: number | null,
    limits: Limits,
  ): Promise<number> {
    const appender = (await this.#storage.append(key)) ?? unknown()
    try {
      const start = appender.size
      if (at !== null && at !== start) {
        refuse('RANGE_INVALID', {
          message: `the next byte of this upload is ${start}, not ${at}`,
          headers: { range: uploadRange(start), location: pathOf('upload', name, id) },
        })
      }
      if (length !== null && start + length > limits.room) limits.tooMuch()
      const { hash } = await this.#state(key, start, appender.version)
      this.#states.delete(key)
      try {
        await pour(source.chunks, appender, hash, limits, () => batchOf(this.#turns.size))
        if (length !== null && appender.size !== start + length) throw new Cut('ended early')
      } catch (error) {
        if (error instanceof Cut) this.#remember(key, { hash, size: appender.size, version: appender.version })
        throw error
      }
      this.#remember(key, { hash, size: appender.size, version: appender.version })
      return appender.size
    } catch (error) {
      if (isNoRoom(error)) await this.#remove(key)
      throw error
    } finally {
      await appender.close()
    }
  }

  async #remove(key: string): Promise<boolean> {
    this.#states.delete(key)
    return this.#storage.remove(key)
  }

  #remember(key: string, state: State): void {
    this.#states.delete(key)
    this.#states.set(key, state)
    const [oldest] = this.#states.keys()
    if (this.#states.size > STATES && oldest !== undefined) this.#states.delete(oldest)
  }

  /** @param version undefined: of the request that runs, which nobody else can have changed */
  async #state(key: string, size: number, version?: string): Promise<State> {
    const known = this.#states.get(key)
    if (known !== undefined && known.size === size && (version ?? known.version) === known.version) return known
    const hash = createHash('sha256')
    if (size > 0) {
      const bytes = (await this.#storage.read(key, { first: 0, last: size - 1 })) ?? unknown()
      for await (const chunk of bytes) hash.update(chunk as Uint8Array)
    }
    return { hash, size, version: version ?? '' }
  }

  async #inTurn<T>(key: string, cut: () => void, action: (key: string) => Promise<T>): Promise<T> {
    for (let before = this.#turns.get(key); before !== undefined; before = this.#turns.get(key)) {
      before.cut()
      await before.done
    }
    let end = (): void => {}
    const done = new Promise<void>(resolve => {
      end = resolve
    })
    this.#turns.set(key, { cut, done })
    try {
      return await action(key)
    } finally {
      this.#turns.delete(key)
      end()
    }
  }
}

/** What came is given back: else nobody could push anything smaller either. */
const isNoRoom = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '') || (error instanceof Refusal && error.code === 'DENIED')

const unknown = (): never => refuse('BLOB_UPLOAD_UNKNOWN')

const keyOf = (name: string, id: string): string => (isUploadId(id) ? uploadKey(name, id) : unknown())

/**
 * What was built before: `<data>/build-cache/<key>.json`, a step's key and the layer that it made. A record keeps its layer
 * alive: `prune` counts what it `keeps`, until it is asked to forget the build cache.
 *
 * Beside them lie the directories of `RUN --mount=type=cache` (mounts/) and what a running build needs for a moment (scratch/).
 */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { writeAtomically } from '#core/exec/files'
import type { NewLayer } from '../image/make.js'

export interface CacheRecord {
  readonly version: 1
  readonly keeps: { readonly blobs: readonly string[]; readonly snapshots: readonly string[] }
  /** null: it changed nothing. */
  readonly layer: NewLayer | null
  /** RFC 3339: when it was made. History says so, however often it is found here. */
  readonly created: string
  /** The instruction, for people. */
  readonly text: string
}

export class CacheRecords {
  readonly #directory: string

  constructor(data: string) {
    this.#directory = `${data}/build-cache`
    fs.mkdirSync(this.#directory, { recursive: true, mode: 0o755 })
  }

  find(key: string): CacheRecord | null {
    return this.#read<CacheRecord>(key)
  }

  put(key: string, made: Pick<CacheRecord, 'layer' | 'created' | 'text'>): void {
    const keeps = { blobs: made.layer === null ? [] : [made.layer.digest], snapshots: [] }
    this.#write(key, { version: 1, keeps, ...made })
  }

  /** What is known of a snapshot's files, so that they need not be read again: chain IDs never mean anything else. */
  remembered(key: string): string | null {
    return this.#read<{ readonly content: string }>(key)?.content ?? null
  }

  remember(key: string, content: string): void {
    this.#write(key, { version: 1, keeps: { blobs: [], snapshots: [] }, content })
  }

  /** Not synced: after a power cut a step is performed once more. */
  #write(key: string, record: object): void {
    writeAtomically(this.#fileOf(key), JSON.stringify(record), 0o644)
  }

  #read<T>(key: string): T | null {
    try {
      return JSON.parse(fs.readFileSync(this.#fileOf(key), 'utf8')) as T
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return null
      throw error
    }
  }

  #fileOf(key: string): string {
    return `${this.#directory}/${key}.json`
  }
}

export const keyOf = (text: string): string => createHash('sha256').update(text).digest('hex')

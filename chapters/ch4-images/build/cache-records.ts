/**
 * What was built before: `<data>/build-cache/records/<key>.json`, a step's key and the layer that it made. A record keeps its
 * layer alive: `prune` counts it as a name, until it is asked to forget the build cache.
 *
 * Beside them lie the directories of `RUN --mount=type=cache` (mounts/) and what a running build needs for a moment (scratch/).
 */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import type { NewLayer } from '../image/make.js'
import { writeDurably } from '../store/durable.js'

export interface CacheRecord {
  readonly version: 1
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
    this.#directory = `${data}/build-cache/records`
  }

  find(key: string): CacheRecord | null {
    return this.#read<CacheRecord>(key)
  }

  put(key: string, record: CacheRecord): void {
    fs.mkdirSync(this.#directory, { recursive: true, mode: 0o755 })
    writeDurably(this.#fileOf(key), JSON.stringify(record))
  }

  /** What is known of a snapshot's files, so that they need not be read again: chain IDs never mean anything else. */
  remembered(key: string): string | null {
    return this.#read<{ readonly content: string }>(key)?.content ?? null
  }

  remember(key: string, content: string): void {
    fs.mkdirSync(this.#directory, { recursive: true, mode: 0o755 })
    writeDurably(this.#fileOf(key), JSON.stringify({ version: 1, content }))
  }

  #read<T>(key: string): T | null {
    try {
      return JSON.parse(fs.readFileSync(this.#fileOf(key), 'utf8')) as T
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null
      if (error instanceof SyntaxError) return null // by a power cut: it is made anew
      throw error
    }
  }

  #fileOf(key: string): string {
    return `${this.#directory}/${key}.json`
  }
}

export const keyOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Blobs that the build cache keeps alive: roots for `prune`. */
export function cachedBlobs(data: string): Digest[] {
  const directory = `${data}/build-cache/records`
  return namesIn(directory).flatMap(name => {
    if (!/^[0-9a-f]{64}\.json$/.test(name)) return []
    try {
      const { layer } = JSON.parse(fs.readFileSync(`${directory}/${name}`, 'utf8')) as Partial<CacheRecord>
      return layer == null ? [] : [layer.digest]
    } catch {
      return [] // removed meanwhile, or cut short
    }
  })
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory)
  } catch {
    return []
  }
}

/**
 * A lease says of blobs and snapshots that somebody needs them who has not given them a name yet: a load that runs, a build
 * between two steps. `prune` keeps what a living owner's lease names. Source: containerd's leases (docs/garbage-collection.md).
 *
 * What is found and what is made is entered before it is looked for or made, under the lock that `prune` holds from its first
 * look to its last removal: so either prune sees the lease, or its owner sees that the blob is gone.
 */

import * as fs from 'node:fs'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { randomId } from '#core/sys/random'
import type { ContentStore } from './content.js'
import { writeDurably } from './durable.js'

export interface LeaseRecord {
  readonly version: 1
  readonly owner: Identity
  /** Digests of blobs. */
  readonly blobs: readonly string[]
  /** Keys of snapshots. */
  readonly snapshots: readonly string[]
}

export class Lease {
  readonly #store: ContentStore
  readonly #file: string
  readonly #blobs = new Set<string>()
  readonly #snapshots = new Set<string>()

  constructor(store: ContentStore) {
    this.#store = store
    this.#file = `${store.root}/leases/${randomId()}.json`
  }

  keepBlob(digest: string): void {
    if (this.#blobs.has(digest)) return
    this.#blobs.add(digest)
    this.#write()
  }

  keepSnapshot(key: string): void {
    if (this.#snapshots.has(key)) return
    this.#snapshots.add(key)
    this.#write()
  }

  /** What it kept is somebody else's to keep from here on, or garbage. Idempotent. */
  end(): void {
    fs.rmSync(this.#file, { force: true })
  }

  #write(): void {
    const record: LeaseRecord = {
      version: 1,
      owner: identify(process.pid)!,
      blobs: [...this.#blobs],
      snapshots: [...this.#snapshots],
    }
    this.#store.locked(() => writeDurably(this.#file, JSON.stringify(record)))
  }
}

/** Leases of those that live; those of the dead are removed. Under the lock. */
export function livingLeases(store: ContentStore): LeaseRecord[] {
  const directory = `${store.root}/leases`
  return fs.readdirSync(directory).flatMap(name => {
    const file = `${directory}/${name}`
    const lease = readLease(file)
    if (lease !== null && isAlive(lease.owner)) return [lease]
    fs.rmSync(file, { force: true })
    return []
  })
}

function readLease(file: string): LeaseRecord | null {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as LeaseRecord
  } catch {
    return null // half written by one that was killed: what it was to keep was not made yet
  }
}

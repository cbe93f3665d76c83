/**
 * A lease says of blobs and snapshots that somebody needs them who has not given them a name yet: a load that runs, a build
 * between two steps. `prune` keeps what a living owner's lease names. Source: containerd's leases (docs/garbage-collection.md).
 *
 * What is found and what is made is entered before it is looked for or made, under the lock that `prune` holds from its first
 * look to its last removal: so either prune sees the lease, or its owner sees that the blob is gone.
 *
 * A lease is not synced: after a power cut its owner is dead, and what it kept is garbage.
 */

import * as fs from 'node:fs'
import { removeFile, writeAtomically } from '#core/exec/files'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { randomId } from '#core/sys/random'
import type { ContentStore } from './content.js'
import { onDisk } from './store-error.js'

export interface LeaseRecord {
  readonly version: 1
  readonly owner: Identity
  /** Digests of blobs. */
  readonly blobs: readonly string[]
  /** Keys of snapshots. */
  readonly snapshots: readonly string[]
}

export class Lease {
  readonly id = randomId()
  readonly #store: ContentStore
  readonly #file: string
  readonly #blobs = new Set<string>()
  readonly #snapshots = new Set<string>()
  #owner: Identity | undefined
  #isThere = false

  constructor(store: ContentStore) {
    this.#store = store
    this.#file = `${store.root}/leases/${this.id}.json`
  }

  /** Everything that was kept so far. */
  get kept(): Pick<LeaseRecord, 'blobs' | 'snapshots'> {
    return { blobs: [...this.#blobs], snapshots: [...this.#snapshots] }
  }

  keepBlob(...digests: readonly string[]): void {
    this.#keep(this.#blobs, digests)
  }

  keepSnapshot(...keys: readonly string[]): void {
    this.#keep(this.#snapshots, keys)
  }

  /** A name for an ingest that is this lease's also while nobody has it open. */
  refOf(name: string): string {
    return `${this.id}.${name}`
  }

  /** From here on it keeps the ingests that it gave a ref, too: they have no other record. */
  begin(): this {
    if (!this.#isThere) this.#write()
    return this
  }

  /** What it kept is somebody else's to keep from here on, or garbage. Idempotent. */
  end(): void {
    if (!this.#isThere) return
    removeFile(this.#file)
    this.#isThere = false
  }

  #keep(kept: Set<string>, more: readonly string[]): void {
    const missing = more.filter(one => !kept.has(one))
    if (missing.length === 0) return
    for (const one of missing) kept.add(one)
    this.#write()
  }

  #write(): void {
    this.#owner ??= identify(process.pid)!
    const record: LeaseRecord = { version: 1, owner: this.#owner, ...this.kept }
    this.#store.locked(() => onDisk(this.#file, () => writeAtomically(this.#file, JSON.stringify(record))))
    this.#isThere = true
  }
}

/** Leases of those that live, by their IDs; those of the dead are removed. Under the lock. */
export function livingLeases(store: ContentStore): ReadonlyMap<string, LeaseRecord> {
  const directory = `${store.root}/leases`
  const living = new Map<string, LeaseRecord>()
  for (const name of fs.readdirSync(directory)) {
    const file = `${directory}/${name}`
    const lease = name.startsWith('.') ? null : readLease(file)
    if (lease !== null && isAlive(lease.owner)) living.set(name.replace(/\.json$/, ''), lease)
    else fs.rmSync(file, { force: true })
  }
  return living
}

function readLease(file: string): LeaseRecord | null {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as LeaseRecord
  } catch {
    return null // of before a power cut
  }
}

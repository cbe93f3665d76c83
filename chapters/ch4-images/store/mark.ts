/** Marks what is in use: all that a root of the store leads to. Under the lock, from the first look to the last removal. */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { Containers } from '../container/containers.js'
import { addReachable, type Needs, nothing } from '../image/reachable.js'
import type { Images } from '../images.js'
import { Mounts } from '../mount/mounted.js'
import { livingLeases } from './leases.js'

/** What a step of a build that may be taken again keeps: `<data>/build-cache/<key>.json`. */
export interface CacheRecord {
  readonly keeps: { readonly blobs: readonly string[]; readonly snapshots: readonly string[] }
}

export interface Marks extends Needs {
  /** IDs of living leases: ingests whose refs begin with one are in use as well. */
  readonly leases: ReadonlySet<string>
}

export function markUsed(images: Images): Marks {
  const { store, names, snapshotter } = images
  const needs = nothing()
  const leases = livingLeases(store)
  for (const entry of names.list()) addReachable(store, entry, needs)
  for (const { manifest, snapshot } of new Containers(images).list()) {
    addReachable(store, { digest: manifest }, needs)
    needs.snapshots.add(snapshot)
  }
  for (const { keeps } of [
    ...cacheRecords(images.data).map(({ record }) => record),
    ...[...leases.values()].map(asKeeps),
  ]) {
    for (const blob of keeps.blobs) addReachable(store, { digest: blob }, needs)
    for (const snapshot of keeps.snapshots) needs.snapshots.add(snapshot)
  }
  for (const { snapshot } of new Mounts(images).settle()) needs.snapshots.add(snapshot)
  const parents = new Map(snapshotter.list().map(({ key, parent }) => [key, parent]))
  for (const key of [...needs.snapshots]) {
    for (let next = parents.get(key); next != null && !needs.snapshots.has(next); next = parents.get(next)) {
      needs.snapshots.add(next)
    }
  }
  return { ...needs, leases: new Set(leases.keys()) }
}

const asKeeps = ({ blobs, snapshots }: CacheRecord['keeps']): CacheRecord => ({ keeps: { blobs, snapshots } })

export interface CacheEntry {
  readonly file: string
  readonly record: CacheRecord
  /** Milliseconds since 1970: when it was last written. */
  readonly used: number
}

/** One that cannot be read keeps nothing. */
export function cacheRecords(data: string): CacheEntry[] {
  const directory = `${data}/build-cache`
  let names: string[]
  try {
    names = fs.readdirSync(directory)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
  return names
    .filter(name => /^[^.].*\.json$/.test(name))
    .map(name => {
      const file = `${directory}/${name}`
      return { file, record: readCacheRecord(file), used: fs.statSync(file).mtimeMs }
    })
}

function readCacheRecord(file: string): CacheRecord {
  try {
    const { keeps } = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<CacheRecord>
    return { keeps: { blobs: keeps?.blobs ?? [], snapshots: keeps?.snapshots ?? [] } }
  } catch (error) {
    if (errnoOf(error) === 'EIO') throw error
    return { keeps: { blobs: [], snapshots: [] } }
  }
}

/**
 * Takes out of the store what nobody uses: from one moment to the next, under the lock, by renames into the trash. The files
 * themselves are removed afterwards, without it: others wait for names, not for disks.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import { lockExclusiveNow } from '#core/sys/libc'
import type { Needs } from '../image/reachable.js'
import { forgetGone } from '../image/ready.js'
import type { Images } from '../images.js'
import { sweepTemporaries } from './durable.js'
import { type Marks, markUsed } from './mark.js'

export interface Swept {
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[]
  /** Keys. */
  readonly snapshots: readonly string[]
  /** Where all of it is now. */
  readonly places: readonly string[]
}

/** Everything that is not in use. Under the lock. */
export function sweepAll(images: Images): Swept {
  const { store, snapshotter } = images
  const marks = markUsed(images)
  const swept = sweepUnmarked(images, marks, {
    blobs: new Set(store.digests()),
    snapshots: new Set(snapshotter.list().map(({ key }) => key)),
  })
  forgetGone(images)
  for (const directory of ['', '/leases', '/blobs/sha256']) sweepTemporaries(`${store.root}${directory}`)
  for (const directory of ['build-cache', 'containers', 'mounts']) sweepTemporaries(`${images.data}/${directory}`)
  return { ...swept, places: [...swept.places, ...sweepIngests(images, marks), ...snapshotter.sweep()] }
}

/** Of these, what is not in use. Under the lock. */
export const sweepOf = (images: Images, candidates: Needs): Swept => sweepUnmarked(images, markUsed(images), candidates)

function sweepUnmarked({ store, snapshotter, trash }: Images, marks: Needs, candidates: Needs): Swept {
  const unmarked = [...candidates.snapshots].filter(key => !marks.snapshots.has(key))
  const known = new Set(snapshotter.list().map(({ key }) => key))
  const snapshots = unmarked.filter(key => known.has(key))
  const places = [...snapshotter.discard(new Set(snapshots))]
  const blobs: { digest: Digest; size: number }[] = []
  for (const digest of candidates.blobs) {
    const size = marks.blobs.has(digest) ? null : store.sizeOf(digest)
    if (size === null) continue
    const place = trash.put(store.pathOf(digest))
    if (place !== null) places.push(place)
    blobs.push({ digest, size })
  }
  if (blobs.length > 0) store.sync()
  return { blobs, snapshots, places }
}

/** An ingest is in use while somebody has it locked, or the lease lives that its ref begins with. */
function sweepIngests({ store, trash }: Images, { leases }: Marks): string[] {
  return store.ingests().flatMap(ref => {
    if (leases.has(ref.split('.')[0]!)) return []
    const directory = `${store.root}/ingest/${ref}`
    const file = `${directory}/data`
    const fd = openOrNull(file)
    try {
      return fd !== null && !lockExclusiveNow(fd) ? [] : (trash.put(directory) ?? [])
    } finally {
      if (fd !== null) fs.closeSync(fd)
    }
  })
}

/** Null when it is not there, or goes at this moment: whoever commits or aborts it does not wait for the lock. */
function openOrNull(file: string): number | null {
  try {
    return fs.openSync(file, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

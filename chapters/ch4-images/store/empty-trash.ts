/** Removes for good what was swept, and says how much that was. */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import type { Images } from '../images.js'
import { usageOf } from '../snapshot/usage.js'
import { callWorker } from '../worker/call.js'
import type { Lease } from './leases.js'
import { sweepOf } from './sweep.js'

/** All of it: what was left by those who were killed, too. @returns bytes that are free now */
export async function emptyTrash(images: Images): Promise<number> {
  let freed = 0
  for (const place of images.trash.list()) freed += await removeFrom(images, place)
  return freed
}

/** The layers of an ordinary user belong to its subordinate IDs: it has them, and the right, only as root of a user namespace. */
async function removeFrom(images: Images, place: string): Promise<number> {
  const { trash, at } = images
  const bytes = bytesOf(place)
  if (bytes !== null && trash.remove(place)) return bytes
  // the directory itself is the mount, and stays: what is in it goes
  const mount = { type: 'bind', source: place, readonly: false } as const
  const removed = await callWorker({ job: 'remove', arguments: {}, mount, at })
  trash.remove(place)
  return bytes ?? removed.bytes
}

function bytesOf(place: string): number | null {
  try {
    const stat = fs.lstatSync(place)
    return stat.isDirectory() ? usageOf(place).bytes : stat.blocks * 512
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return 0 // another empties it as well
    if (errno === 'EACCES') return null
    throw error
  }
}

/** What was kept for something that failed goes at once, unless others use it meanwhile: the store is as it was before. */
export async function abandon(images: Images, lease: Lease): Promise<void> {
  const { blobs, snapshots } = lease.kept
  images.store.locked(() => {
    lease.end()
    return sweepOf(images, { blobs: new Set(blobs), snapshots: new Set(snapshots) })
  })
  await emptyTrash(images)
}

/** Removes for good what was swept, and says how much that was. */

import * as fs from 'node:fs'
import type { Images } from '../images.js'
import { callWorker } from '../worker/call.js'
import type { Lease } from './leases.js'
import { sweepOf } from './sweep.js'
import { usageOfTree } from './usage.js'

/** All of it: what was left by those who were killed, too. @returns bytes that are free now */
export async function emptyTrash({ trash }: Pick<Images, 'trash'>): Promise<number> {
  let freed = 0
  for (const place of trash.list()) {
    const stat = fs.lstatSync(place, { throwIfNoEntry: false }) // another may empty it as well
    if (stat === undefined) continue
    freed += stat.isDirectory() ? (await usageOfTree(place)).bytes : stat.blocks * 512
    if (trash.remove(place)) continue
    // an ordinary user's layers belong to its subordinate IDs: it has those only as root of a user namespace
    const names = [place.slice(trash.root.length + 1)]
    await callWorker({ job: 'remove', arguments: { names }, directory: trash.root })
  }
  return freed
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

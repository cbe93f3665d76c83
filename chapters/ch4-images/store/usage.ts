/** What snapshots and volumes take, also those of an ordinary user, whose files belong to its subordinate IDs. */

import { errnoOf } from '#core/errors'
import type { Images } from '../images.js'
import type { Usage } from '../snapshot/snapshotter.js'
import { usageOf } from '../snapshot/usage.js'
import { callWorker } from '../worker/call.js'

export async function usageOfSnapshot({ snapshotter }: Images, key: string): Promise<Usage> {
  try {
    return snapshotter.usage(key)
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error
  }
  const usage = await callWorker({ job: 'usage', arguments: {}, directory: snapshotter.upperOf(key) })
  snapshotter.noteUsage(key, usage)
  return usage
}

export async function usageOfTree(directory: string): Promise<Usage> {
  try {
    return usageOf(directory)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return { bytes: 0, inodes: 0 } // it goes at this moment
    if (errno !== 'EACCES') throw error
  }
  // root of a user namespace that has these IDs may look
  return callWorker({ job: 'usage', arguments: {}, directory })
}

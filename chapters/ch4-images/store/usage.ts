/** What snapshots take, also those of an ordinary user, whose files belong to its subordinate IDs. */

import { errnoOf } from '#core/errors'
import type { Images } from '../images.js'
import type { Usage } from '../snapshot/snapshotter.js'
import { callWorker } from '../worker/call.js'

export async function usageOfSnapshot(images: Images, key: string): Promise<Usage> {
  const { snapshotter, at } = images
  try {
    return snapshotter.usage(key)
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error
  }
  const mount = { type: 'bind', source: snapshotter.upperOf(key), readonly: true } as const
  const usage = await callWorker({ job: 'usage', arguments: {}, mount, at })
  snapshotter.noteUsage(key, usage)
  return usage
}

/**
 * Removes trees that hold files of others: of the users of a container that an ordinary user ran. On the host they belong to
 * subordinate IDs, and only root of a user namespace that has those may take them away.
 */

import type { Images } from '../images.js'
import { emptyTrash } from '../store/empty-trash.js'
import { callWorker } from './call.js'

/** @param names in that directory */
export async function removeTreeInside(_: Images, directory: string, names: readonly string[]): Promise<void> {
  if (names.length > 0) await callWorker({ job: 'remove', arguments: { names }, directory })
}

/** What `remove` of a snapshotter had to leave in the trash. */
export async function removeForeign(images: Images): Promise<void> {
  await emptyTrash(images)
}

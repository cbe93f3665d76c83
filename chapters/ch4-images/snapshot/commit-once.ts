/** Two processes may make the same layer at once. */

import { MiniDockerError } from '#core/errors'
import type { Snapshotter } from './snapshotter.js'

/** Commits under a chain ID, which says all that is in it: when another process was faster, its snapshot is as good, and ours goes. */
export function commitOnce(snapshotter: Snapshotter, chainId: string, key: string): void {
  try {
    snapshotter.commit(chainId, key)
  } catch (error) {
    if (!(error instanceof MiniDockerError && error.class === 'AlreadyExists')) throw error
    snapshotter.remove(key)
  }
}

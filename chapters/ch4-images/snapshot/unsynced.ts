/**
 * A mount for who throws away what it writes. When an overlay goes, it first has the whole file system below its upper directory
 * synced: a container that ends waits for the disk, for files that are removed a millisecond later. Source: overlayfs.rst,
 * "Volatile mount"; Linux 5.10.
 *
 * overlayfs takes such an upper directory only once: nobody may mount it again, after a power cut least of all.
 */

import { isAtLeast } from '#core/sys/kernel-version'
import type { RootMount } from './snapshotter.js'

/** @param kernel its release. The mount as it was where there is nothing to sync, or the kernel always does */
export function unsynced(mount: RootMount, kernel: string): RootMount {
  if (mount.type !== 'overlay' || mount.upper === null || !isAtLeast(kernel, 5, 10)) return mount
  return { ...mount, options: [...mount.options, 'volatile'] }
}

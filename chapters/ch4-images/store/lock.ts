/**
 * One lock for all records: names, snapshots, leases. It is held for the moment of a change, never while bytes flow, and goes
 * with the process that holds it (flock(2)).
 */

import * as fs from 'node:fs'
import { lockExclusive } from '#core/sys/libc'
import { onDisk } from './store-error.js'

/** Files of which this process holds the lock: whoever is inside already does not wait for itself. */
const held = new Set<string>()

export function locked<T>(file: string, action: () => T): T {
  if (held.has(file)) return action()
  const fd = onDisk(file, () => fs.openSync(file, 'a', 0o600))
  try {
    lockExclusive(fd)
    held.add(file)
    return action()
  } finally {
    held.delete(file)
    fs.closeSync(fd)
  }
}

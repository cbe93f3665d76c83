/** Files that others read while we write: whole or not at all. */

import * as fs from 'node:fs'

/**
 * Writes a file by way of a temporary neighbour and rename(2). Readers see the old content or the new.
 *
 * The run directory does not outlive a reboot, and what it says is void after one (states carry the boot's id): so it is
 * the rename that counts there, and no fsync is paid for.
 */
export function writeAtomically(path: string, data: string, mode = 0o600): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    fs.writeFileSync(temporary, data, { mode })
    fs.renameSync(temporary, path)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw error
  }
}

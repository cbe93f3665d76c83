/** Files that others read while we write: whole or not at all. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { errnoOf } from '#core/errors'

/**
 * mkdir -p. Node's own, with `recursive`, reports ENOENT where a file system is read-only, and never comes back from a
 * place like /proc where nothing can be made.
 */
export function makeDirectories(directory: string, mode: number): void {
  try {
    makeOne(directory, mode)
  } catch (error) {
    const parent = path.dirname(directory)
    if (errnoOf(error) !== 'ENOENT' || parent === directory) throw error
    makeDirectories(parent, mode)
    makeOne(directory, mode)
  }
}

function makeOne(directory: string, mode: number): void {
  try {
    fs.mkdirSync(directory, { mode })
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}

/** rm -r of a directory that holds only files. Node's own reads the tree first, and is loaded and compiled for it. */
export function removeFlat(directory: string): void {
  for (const name of fs.readdirSync(directory)) fs.unlinkSync(`${directory}/${name}`)
  fs.rmdirSync(directory)
}

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

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

/** rm -f of a file: Node's own asks twice what it is. */
export function removeFile(path: string): void {
  try {
    fs.unlinkSync(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

/**
 * rm -r of a directory that should hold only files: Node's own reads the tree first, and is loaded and compiled for it.
 * It is left to Node's when there is a directory in it after all.
 */
export function removeFlat(directory: string): void {
  try {
    for (const name of fs.readdirSync(directory)) fs.unlinkSync(`${directory}/${name}`)
    fs.rmdirSync(directory)
  } catch (error) {
    const errno = errnoOf(error)
    // EISDIR is Linux's, EPERM is what POSIX says of unlink(2) on a directory
    if (errno !== 'EISDIR' && errno !== 'EPERM') throw error
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * Writes a file by way of a temporary neighbour and rename(2). Readers see the old content or the new. The neighbour's
 * name begins with a dot: where files are named after containers, no container can have it.
 *
 * The run directory does not outlive a reboot, and what it says is void after one (states carry the boot's id): so it is
 * the rename that counts there, and no fsync is paid for.
 */
export function writeAtomically(path: string, data: string, mode = 0o600): void {
  const at = path.lastIndexOf('/') + 1
  const temporary = `${path.slice(0, at)}.${path.slice(at)}.${process.pid}`
  try {
    fs.writeFileSync(temporary, data, { mode })
    fs.renameSync(temporary, path)
  } catch (error) {
    try {
      fs.unlinkSync(temporary)
    } catch {
      // it was never made; what counts is why
    }
    throw error
  }
}

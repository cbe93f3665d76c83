/** Files of the working copy that must not be lost: whole or not at all, and on the disk when the call comes back. */

import * as fs from 'node:fs'
import * as path from 'node:path'

/** By way of a temporary neighbour, fsync(2) and rename(2); then the directory, so that the name is there, too. */
export function writeDurably(file: string, text: string): void {
  const temporary = `${path.dirname(file)}/.${path.basename(file)}.${process.pid}`
  try {
    const fd = fs.openSync(temporary, 'w', 0o644)
    try {
      fs.writeSync(fd, text)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    fs.renameSync(temporary, file)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw error
  }
  syncDirectory(path.dirname(file))
}

/** Windows opens no directory, and has no need to. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const fd = fs.openSync(directory, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

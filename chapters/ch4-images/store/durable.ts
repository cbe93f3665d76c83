/**
 * Files that outlive a power cut: written beside their place, synced, renamed into it, and the directory synced as well. A
 * reader sees the old content or the new, and after a commit it is the new for good. Source: rename(2), fsync(2).
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { identify } from '#core/sys/identity'
import { onDisk } from './store-error.js'

/** Durable as soon as it returns. */
export function writeDurably(file: string, data: string | Uint8Array, mode = 0o644): void {
  const temporary = `${path.dirname(file)}/.${path.basename(file)}.${process.pid}`
  onDisk(file, () => {
    try {
      const fd = fs.openSync(temporary, 'w', mode)
      try {
        fs.writeFileSync(fd, data)
        fs.fsyncSync(fd)
      } finally {
        fs.closeSync(fd)
      }
      renameDurably(temporary, file)
    } catch (error) {
      fs.rmSync(temporary, { force: true })
      throw error
    }
  })
}

/** The rename counts once the directory that it changed is on the disk. */
export function renameDurably(from: string, to: string): void {
  fs.renameSync(from, to)
  syncDirectory(path.dirname(to))
}

export function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Removes what writers left who were killed before the rename. There need not be such a directory. */
export function sweepTemporaries(directory: string): void {
  for (const name of fs.existsSync(directory) ? fs.readdirSync(directory) : []) {
    const writer = /^\..+\.(\d+)$/.exec(name)?.[1]
    if (writer === undefined || identify(Number(writer)) !== null) continue
    fs.rmSync(`${directory}/${name}`, { force: true })
  }
}

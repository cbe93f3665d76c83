/** All of a tree on the disk before its record says so: one call for the file system instead of one for each file. syncfs(2). */

import * as fs from 'node:fs'
import { syncFileSystem } from '#core/sys/files'

export function syncTree(place: string): void {
  const fd = fs.openSync(place, 'r')
  try {
    syncFileSystem(fd)
  } finally {
    fs.closeSync(fd)
  }
}

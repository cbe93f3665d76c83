/** All of a tree on the disk before its record says so: one call for the file system instead of one for each file. syncfs(2). */

import * as fs from 'node:fs'
import { call } from '#core/sys/libc'

export function syncTree(place: string): void {
  const fd = fs.openSync(place, 'r')
  try {
    call('int syncfs(int fd)', fd)
  } finally {
    fs.closeSync(fd)
  }
}

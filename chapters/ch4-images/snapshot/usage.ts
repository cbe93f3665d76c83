/** What a directory takes on the disk: du(1)'s sum, each inode once. */

import * as fs from 'node:fs'
import type { Usage } from './snapshotter.js'

export function usageOf(root: string): Usage {
  const seen = new Set<number>()
  let bytes = 0
  const add = (place: Buffer): boolean => {
    const stat = fs.lstatSync(place)
    if (!seen.has(stat.ino)) {
      seen.add(stat.ino)
      bytes += stat.blocks * 512 // stat(2): st_blocks counts these, whatever the file system's own block is
    }
    return stat.isDirectory()
  }
  // names are bytes: those that are no UTF-8 count as well
  const todo = [Buffer.from(root)]
  for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
    if (!add(place)) continue
    for (const name of fs.readdirSync(place, { encoding: 'buffer' })) todo.push(Buffer.concat([place, slash, name]))
  }
  return { bytes, inodes: seen.size }
}

const slash = Buffer.from('/')

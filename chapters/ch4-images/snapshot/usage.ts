/** What a directory takes on the disk: du(1)'s sum, each inode once. */

import * as fs from 'node:fs'
import type { Usage } from './snapshotter.js'

export function usageOf(root: string): Usage {
  const seen = new Set<number>()
  let bytes = 0
  const add = (place: string): void => {
    const { ino, blocks } = fs.lstatSync(place)
    if (seen.has(ino)) return
    seen.add(ino)
    bytes += blocks * 512 // stat(2): st_blocks counts these, whatever the file system's own block is
  }
  const walk = (directory: string): void => {
    add(directory)
    for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
      const place = `${directory}/${entry.name}`
      if (entry.isDirectory()) walk(place)
      else add(place)
    }
  }
  walk(root)
  return { bytes, inodes: seen.size }
}

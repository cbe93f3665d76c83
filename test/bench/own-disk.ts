/**
 * A file system that nobody has used: an ext4 in a file. On one from which thousands of files were just removed, as tests do,
 * ext4 passes over each of their inodes for up to five minutes whenever it makes a file (recently_deleted, fs/ext4/ialloc.c):
 * then both who are compared spend six of seven seconds searching.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'

const BYTES = 8 * 2 ** 30 // room is taken only for what is written

/** @param at a directory to be made @returns takes it away again; null where there are no loop devices: it is a plain directory then */
export function ownDisk(at: string): (() => void) | null {
  fs.mkdirSync(at)
  const image = `${at}.ext4`
  fs.closeSync(fs.openSync(image, 'w'))
  fs.truncateSync(image, BYTES)
  try {
    execFileSync('mkfs.ext4', ['-q', '-F', image], { stdio: 'ignore' })
    execFileSync('mount', ['-o', 'loop', image, at], { stdio: 'ignore' })
  } catch {
    fs.rmSync(image)
    return null
  }
  return () => {
    execFileSync('umount', [at])
    fs.rmSync(image)
  }
}

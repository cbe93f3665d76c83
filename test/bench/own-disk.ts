/**
 * A file system that nobody has used: an ext4 in a file. On one from which thousands of files were just removed, as tests do,
 * to make a file takes many times as long (openat of `tar -x`, seen by strace: 501 µs in the place of 67), and both who are
 * compared are measured waiting. What fits is that ext4 passes over inodes that were freed a moment ago (recently_deleted,
 * fs/ext4/ialloc.c).
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'

const BYTES = 8 * 2 ** 30 // room is taken only for what is written

/** @param at a directory to be made @returns takes it away again; null where there is no loop device or no mkfs.ext4: it is a plain directory then */
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

/**
 * The cgroup above those of all containers: the last of them removes it, and who is about to make one below it needs it. Users
 * of one run directory are told apart by its lock; those of several meet at the cgroup itself, by flock(2) on its directory.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { lockExclusiveNow, lockShared } from '#core/sys/libc'

/** What this process keeps, by path. */
const kept = new Map<string, number>()

/** Until `removeEmpty`, or the end of this process. @returns whether it is there: it may have been removed meanwhile */
export function keepCgroup(directory: string): boolean {
  if (kept.has(directory)) return true
  const fd = opened(directory)
  if (fd === null) return false
  lockShared(fd) // who removes it holds its lock for no longer than that takes
  if (isStill(directory, fd)) {
    kept.set(directory, fd)
    return true
  }
  fs.closeSync(fd)
  return false
}

/**
 * What is gone already is as good as removed, in a hierarchy that is read-only, too.
 * @throws the system error: EBUSY when something is in it, or is on its way; who comes removes it when they leave
 */
export function removeEmpty(directory: string): void {
  const ours = kept.get(directory)
  kept.delete(directory)
  if (ours !== undefined) fs.closeSync(ours)
  const fd = opened(directory)
  if (fd === null) return
  try {
    if (!lockExclusiveNow(fd)) throw Object.assign(new Error(`EBUSY: '${directory}' is kept`), { code: 'EBUSY' })
    // what was opened may have gone before it was locked, and what has its name now is somebody's who keeps it
    if (isStill(directory, fd)) fs.rmdirSync(directory)
  } finally {
    fs.closeSync(fd)
  }
}

const isStill = (directory: string, fd: number): boolean =>
  fs.statSync(directory, { throwIfNoEntry: false })?.ino === fs.fstatSync(fd).ino

function opened(directory: string): number | null {
  try {
    return fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

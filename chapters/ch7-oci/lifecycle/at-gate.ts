/** Created and not started: as the kernel sees it. */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'

/**
 * Whether init is still before the gate. It has the directory open from which it opens the fifo, and execve closes that; the fifo
 * itself stays until `start` removes it, which may be killed before.
 */
export function isAtGate(pid: number, directory: string): boolean {
  const own = fs.statSync(directory, { throwIfNoEntry: false })
  if (own === undefined) return false // deleted meanwhile
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).some(fd => {
      const { ino, dev } = fs.statSync(`/proc/${pid}/fd/${fd}`)
      return ino === own.ino && dev === own.dev
    })
  } catch (error) {
    return errnoOf(error) !== 'ENOENT' // not to be looked into by us: then the fifo counts
  }
}

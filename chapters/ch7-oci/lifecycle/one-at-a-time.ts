/**
 * Two commands on one container at once: the second waits for the first, and looks at what that one left. The lock (flock(2)) is on
 * a file of the container's own directory, which says who has it: it ends with them, however they end.
 *
 * What changes no record takes no lock: `kill`, `exec` and `state` answer while a hook of `start` takes its time.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { callAsync, lockExclusiveNow } from '#core/sys/libc'

const LOCK_EX = 2
const file = 'lock'

interface Holder extends Identity {
  /** What they do: `create`, `start`, `delete` … */
  readonly operation: string
}

interface How {
  /** Whoever has the lock is ended, unless they delete the container as well: what waits for nothing else has to get through. */
  readonly force?: boolean
}

/** @param directory of the container; where there is none, nobody else can be at it */
export async function oneAtATime<T>(
  directory: string,
  operation: string,
  action: () => T | Promise<T>,
  { force = false }: How = {},
): Promise<T> {
  for (;;) {
    const fd = openIn(directory)
    if (fd === null) return action()
    try {
      if (!lockExclusiveNow(fd)) {
        if (force) endHolder(fd)
        await callAsync('int flock(int fd, int operation)', fd, LOCK_EX)
      }
      if (!isStillIn(directory, fd)) continue // deleted meanwhile, and perhaps created anew
      write(fd, { ...identify(process.pid)!, operation })
      return await action()
    } finally {
      fs.closeSync(fd)
    }
  }
}

function openIn(directory: string): number | null {
  try {
    return fs.openSync(`${directory}/${file}`, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

function isStillIn(directory: string, fd: number): boolean {
  const [ours, now] = [fs.fstatSync(fd), fs.statSync(`${directory}/${file}`, { throwIfNoEntry: false })]
  return ours.ino === now?.ino && ours.dev === now.dev
}

function write(fd: number, holder: Holder): void {
  fs.ftruncateSync(fd)
  fs.writeSync(fd, JSON.stringify(holder), 0)
}

function endHolder(fd: number): void {
  let holder: Holder
  try {
    holder = JSON.parse(fs.readFileSync(`/proc/self/fd/${fd}`, 'utf8'))
  } catch {
    return // they have just come, and are about to write it
  }
  if (holder.operation === 'delete' || holder.pid === process.pid || !isAlive(holder)) return
  process.kill(holder.pid, 'SIGKILL')
}

/**
 * The directories of `RUN --mount=type=cache`: they outlive a build, and are never part of an image. A lock on each says that it
 * is in use: shared by many, or by one alone; and `prune` removes none that is.
 */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { fail } from '#core/errors'
import { lockExclusiveNow, lockSharedNow } from '#core/sys/libc'
import type { RunMount } from '../dockerfile/instruction.js'

export interface HeldCache {
  readonly directory: string
  release(): void
}

type CacheMount = Extract<RunMount, { type: 'cache' }>

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const RETRY_MS = 50

export async function holdCache(data: string, mount: CacheMount): Promise<HeldCache> {
  const name = createHash('sha256')
    .update(mount.id ?? mount.target)
    .digest('hex')
    .slice(0, 32)
  const root = `${data}/build-cache/mounts`
  fs.mkdirSync(root, { recursive: true, mode: 0o711 })
  for (let number = 0; ; ) {
    const directory = `${root}/${name}${number === 0 ? '' : `-${number}`}`
    const made = makeDirectory(directory, mount)
    const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
    const got = mount.sharing === 'shared' ? lockSharedNow(fd) : lockExclusiveNow(fd)
    // who removed it meanwhile held the lock that we got
    if (got && fs.statSync(directory, { throwIfNoEntry: false })?.ino === fs.fstatSync(fd).ino) {
      return { directory, release: () => fs.closeSync(fd) }
    }
    fs.closeSync(fd)
    if (made && !got) continue
    if (mount.sharing === 'private') number += 1
    else await sleep(RETRY_MS)
  }
}

function makeDirectory(directory: string, { mode, uid, gid }: CacheMount): boolean {
  if (fs.existsSync(directory)) return false
  fs.mkdirSync(directory, { recursive: true })
  fs.chmodSync(directory, Number.parseInt(mode, 8))
  if (uid === '0' && gid === '0') return true
  try {
    fs.chownSync(directory, Number(uid), Number(gid))
  } catch (cause) {
    fs.rmdirSync(directory)
    fail('FailedPrecondition', {
      what: `--mount=type=cache: uid=${uid},gid=${gid}`,
      why: 'an ordinary user cannot give a directory to somebody else',
      hint: 'leave uid and gid out',
      cause,
    })
  }
  return true
}

/** Those that nobody uses, for `prune`. @returns their paths */
export function unusedCaches(data: string): string[] {
  const root = `${data}/build-cache/mounts`
  if (!fs.existsSync(root)) return []
  return fs.readdirSync(root).flatMap(name => {
    const directory = `${root}/${name}`
    const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
    try {
      return lockExclusiveNow(fd) ? [directory] : []
    } finally {
      fs.closeSync(fd)
    }
  })
}

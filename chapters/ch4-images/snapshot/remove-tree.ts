/**
 * rm -rf of what layers brought: names that are no UTF-8, trees deeper than any path may be long, directories that even their
 * owner may not list. Goes by the fd of each directory and one name: no symlink is followed, and nothing is outside.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { fileTypes } from '#core/sys/constants'
import { chmodAt, type Name, namesIn, openAt, rmdirAt, statusAt, unlinkAt } from '#core/sys/files'
import { call } from '#core/sys/libc'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants
/** Directories that are open at a time. */
const DEEP = 200

/** Idempotent. @throws Errno EACCES or EPERM where it belongs to somebody else */
export function removeTree(place: string | Buffer): void {
  const bytes = Buffer.from(place as string)
  const slash = bytes.lastIndexOf('/')
  const parent = openOrNull(bytes.subarray(0, Math.max(1, slash)))
  if (parent === null) return
  try {
    const removal: Removal = {
      asRoot: process.geteuid?.() === 0,
      top: parent,
      deep: [cName(bytes.subarray(slash + 1))],
      moved: 0,
    }
    for (let name = removal.deep.pop(); name !== undefined; name = removal.deep.pop())
      removeOne(removal, parent, name, 0)
  } finally {
    fs.closeSync(parent)
  }
}

interface Removal {
  readonly asRoot: boolean
  /** Where directories go that lie too deep, and their names there: each is as shallow as any other then. */
  readonly top: number
  readonly deep: Buffer[]
  moved: number
}

function removeOne(removal: Removal, directory: number, name: Name, depth: number): void {
  ignoring('ENOENT', () => {
    const fd = openForRemoval(removal, directory, name)
    if (fd === null) return unlinkAt(directory, name)
    try {
      if (depth >= DEEP) return moveUp(removal, directory, name)
      for (const one of namesIn(fd)) removeOne(removal, fd, cName(one), depth + 1)
    } finally {
      fs.closeSync(fd)
    }
    return rmdirAt(directory, name)
  })
}

function moveUp(removal: Removal, directory: number, name: Name): void {
  const shallow = cName(`.deep-${process.pid}-${removal.moved++}`)
  call('int renameat(int from, const char *name, int to, const char *new)', directory, name, removal.top, shallow)
  removal.deep.push(shallow)
}

/** @returns null for what is no directory. Its owner may give itself the permission; who may do everything needs none. */
function openForRemoval({ asRoot }: Removal, directory: number, name: Name): number | null {
  const open = (): number => openAt(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    if (asRoot) return open()
    const { type, mode } = statusAt(directory, name)
    if (type !== fileTypes.S_IFDIR) return null
    if ((mode & 0o700) !== 0o700) chmodAt(directory, name, 0o700)
    return open()
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR' || errnoOf(error) === 'ELOOP') return null // ELOOP: a symlink
    throw error
  }
}

function openOrNull(directory: Buffer): number | null {
  try {
    return fs.openSync(directory, O_RDONLY | O_DIRECTORY)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

/** Two may empty the trash at once. */
function ignoring(errno: string, action: () => unknown): void {
  try {
    action()
  } catch (error) {
    if (errnoOf(error) !== errno) throw error
  }
}

const cName = (name: string | Buffer): Buffer => Buffer.concat([Buffer.from(name as string), Buffer.of(0)])

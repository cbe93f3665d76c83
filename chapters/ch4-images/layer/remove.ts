/** Removes what a name stands for, a whole tree when it is a directory; not following any symlink on the way. */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { fileTypes } from '#core/sys/constants'
import { chmodAt, chownAt, namesIn, openAt, rmdirAt, statusAt, unlinkAt } from '#core/sys/files'
import { cName, decodeName } from './name.js'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants

/**
 * @param keep told of each path below the name, and of the name itself as '': whether that stays. A directory stays when
 * something in it does. @throws Errno
 */
export function removeTree(directory: number, name: string, keep: (path: string) => boolean = () => false): void {
  removeOne(directory, name, '', keep)
}

function removeOne(directory: number, name: string, path: string, keep: (path: string) => boolean): void {
  const inDirectory = cName(name)
  const { type } = statusAt(directory, inDirectory)
  if (type !== fileTypes.S_IFDIR) {
    if (!keep(path)) unlinkAt(directory, inDirectory)
    return
  }
  const fd = openAt(directory, inDirectory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    removeContent(fd, path, keep)
  } finally {
    fs.closeSync(fd)
  }
  if (keep(path)) return
  try {
    rmdirAt(directory, inDirectory)
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY') throw error
    // it stays for what is in it alone, and is as if it had been made for that
    chownAt(directory, inDirectory, process.geteuid!(), process.getegid!())
    chmodAt(directory, inDirectory, 0o755)
  }
}

/** All that is in the directory of that fd. @param path goes before what `keep` is told */
export function removeContent(fd: number, path: string, keep: (path: string) => boolean): void {
  for (const bytes of namesIn(fd)) {
    const name = decodeName(bytes)
    removeOne(fd, name, path === '' ? name : `${path}/${name}`, keep)
  }
}

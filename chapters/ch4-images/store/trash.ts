/**
 * Where things go that are to be removed: out of sight by one rename, under the lock, and file by file afterwards, without
 * it. What is left in here when its remover is killed, whoever prunes next removes.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { randomId } from '#core/sys/random'
import { removeTree } from '../snapshot/remove-tree.js'
import { onDisk } from './store-error.js'

export class Trash {
  readonly root: string

  /** @param root on the file system of all that is thrown into it */
  constructor(root: string) {
    this.root = root
  }

  /** @returns where it is now; null when it is gone already */
  put(place: string): string | null {
    const target = `${this.root}/${randomId()}`
    return onDisk(this.root, () => {
      if (moved(place, target)) return target
      fs.mkdirSync(this.root, { recursive: true, mode: 0o700 }) // what is missing is one of the two
      return moved(place, target) ? target : null
    })
  }

  /** What lies in it: of those who were killed, or whose files belong to other IDs than theirs. */
  list(): string[] {
    try {
      return fs.readdirSync(this.root).map(name => `${this.root}/${name}`)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return []
      throw error
    }
  }

  /**
   * Removes what lies there, as far as this user may. @returns whether all of it went: else a worker can, as root of a user
   * namespace (`store/empty-trash`)
   */
  remove(place: string): boolean {
    try {
      removeTree(place)
      return true
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'EACCES' || errno === 'EPERM' || errno === 'ENOTEMPTY') return false
      throw error
    }
  }
}

function moved(place: string, target: string): boolean {
  try {
    fs.renameSync(place, target)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

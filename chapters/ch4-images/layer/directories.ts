/**
 * Directories of a root, open: each entry is made by the fd of its parent and one name, so its path is walked by the
 * kernel once for all that lie in the same directory, and with the root as its root: no symlink leads out.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { openFlags } from '#core/sys/constants'
import { mkdirAt, openAt, openPathOf } from '#core/sys/files'
import { cName, quoted } from './name.js'
import { baseName, parentOf } from './path.js'

const OPEN_MAX = 64

export class Directories {
  readonly #root: number
  readonly #chrooted: boolean
  readonly #open = new Map<string, number>()

  constructor(root: string) {
    this.#root = fs.openSync(root, openFlags.O_PATH | fs.constants.O_DIRECTORY)
    this.#chrooted = root === '/'
  }

  /** An fd that stays this class's own. Links on the way are followed as after a chroot. @throws Errno */
  at(path: string): number {
    if (path === '') return this.#root
    const known = this.#open.get(path)
    if (known !== undefined) return known
    const fd = this.#resolve(path)
    if (this.#open.size === OPEN_MAX) this.forget()
    this.#open.set(path, fd)
    return fd
  }

  /** The same, made where it is missing, and its parents: 0755, as tar and Docker do. @throws Errno */
  make(path: string): number {
    try {
      return this.at(path)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
    }
    const parent = this.make(parentOf(path))
    try {
      const name = cName(baseName(path))
      mkdirAt(parent, name, 0o755)
      const fd = openAt(parent, name, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW)
      fs.fchmodSync(fd, 0o755) // whatever the umask is
      fs.closeSync(fd)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
      fail('FailedPrecondition', { what: quoted(path), why: 'it is a symlink that leads nowhere, not a directory' })
    }
    return this.at(path)
  }

  /** To be called when a directory, or a symlink that may lead to one, was removed. */
  forget(): void {
    for (const fd of this.#open.values()) fs.closeSync(fd)
    this.#open.clear()
  }

  close(): void {
    this.forget()
    fs.closeSync(this.#root)
  }

  #resolve(path: string): number {
    try {
      return openPathOf(this.#root, cName(path))
    } catch (error) {
      // before Linux 5.6, or forbidden by a seccomp filter that is older than the call: with `/` as the root, all are the same
      if (!this.#chrooted || !['ENOSYS', 'EPERM'].includes(errnoOf(error) ?? '')) throw error
      return openAt(this.#root, cName(path), openFlags.O_PATH | fs.constants.O_DIRECTORY)
    }
  }
}

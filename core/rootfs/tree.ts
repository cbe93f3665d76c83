/**
 * Writes a directory tree with exact modes whatever the umask, never through a link, and on the disk before `sync` returns.
 *
 * What was put in is kept in memory, so that a later entry cannot be led out of the tree by an earlier absolute link
 * ('/home' → '/var/home'): such an entry is left out, the machine that the link came from arranges these paths its own way.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { errnoOf } from '#core/errors'

export class Tree {
  readonly root: string
  readonly #kinds = new Map<string, 'directory' | 'file' | 'link'>([['/', 'directory']])

  /** `root` is an empty directory that belongs to the caller alone. */
  constructor(root: string) {
    this.root = root
    // A set-group-id parent would hand its group down to every entry.
    fs.chownSync(root, process.geteuid!(), process.getegid!())
    fs.chmodSync(root, 0o755)
  }

  /** Makes the directory and its parents (0755); false where a link or file is in the way. */
  directory(target: string, mode = 0o755): boolean {
    if (!this.#ensure(target)) return false
    fs.chmodSync(this.#place(target), mode)
    return true
  }

  file(target: string, content: string, mode = 0o644): boolean {
    return this.#file(target, mode, place => fs.writeFileSync(place, content, { flag: 'wx' }))
  }

  /** Copies a regular file; of its mode only the right to execute counts: set-user-id has no place in a rootfs of ours. */
  copy(source: string, target: string): boolean {
    const executable = (fs.statSync(source).mode & 0o111) !== 0
    const { COPYFILE_EXCL, COPYFILE_FICLONE } = fs.constants
    return this.#file(target, executable ? 0o755 : 0o644, place =>
      fs.copyFileSync(source, place, COPYFILE_EXCL | COPYFILE_FICLONE),
    )
  }

  link(target: string, text: string): boolean {
    if (!this.#free(target)) return false
    fs.symlinkSync(text, this.#place(target))
    this.#kinds.set(target, 'link')
    return true
  }

  has(target: string): boolean {
    return this.#kinds.has(target)
  }

  /** Gives an entry to another owner, which only root can; anybody else keeps what they made. */
  give(target: string, uid: number, gid: number): void {
    if (process.geteuid!() !== 0 || !this.has(target)) return
    try {
      fs.lchownSync(this.#place(target), uid, gid)
    } catch (error) {
      if (errnoOf(error) !== 'EINVAL') throw error // root of a user namespace in which there is no such id
    }
  }

  /** fsync(2) of all files and directories: a rename may reach the disk before the data of what it moved. */
  sync(): void {
    for (const [target, kind] of this.#kinds) if (kind !== 'link') syncPath(this.#place(target))
  }

  #file(target: string, mode: number, write: (place: string) => void): boolean {
    if (!this.#free(target)) return false
    const place = this.#place(target)
    write(place)
    fs.chmodSync(place, mode)
    this.#kinds.set(target, 'file')
    return true
  }

  #free(target: string): boolean {
    return !this.has(target) && this.#ensure(path.dirname(target))
  }

  #ensure(target: string): boolean {
    const kind = this.#kinds.get(target)
    if (kind !== undefined) return kind === 'directory'
    if (!this.#ensure(path.dirname(target))) return false
    const place = this.#place(target)
    fs.mkdirSync(place)
    fs.chmodSync(place, 0o755)
    this.#kinds.set(target, 'directory')
    return true
  }

  #place(target: string): string {
    return path.join(this.root, target)
  }
}

export function syncPath(place: string): void {
  const fd = fs.openSync(place, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

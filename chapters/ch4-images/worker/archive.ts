/**
 * A file or a tree, as it is now, as a tar archive: what `cp` and a volume's first content are carried in. Everything is opened
 * by the fd of its directory and one name, and no symlink is followed below the first one: a program that renames things
 * meanwhile gets nothing else into the archive than what is in this tree.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { fileTypes, openFlags } from '#core/sys/constants'
import { type FileStatus, namesIn, openAt, openInRoot, openPathOf, readlinkAt, statusAt } from '#core/sys/files'
import { getXattr, listXattrs } from '#core/sys/xattrs'
import { writeAll } from '../fd-stream.js'
import { type Entry, type EntryType, isOverlayXattr, noXattrs } from '../layer/entry.js'
import { xattrNames } from '../layer/metadata.js'
import { cName, compareNames, decodeName, quoted } from '../layer/name.js'
import { entryTypes } from '../layer/walk.js'
import { LayerWriter } from '../layer/writer.js'

export interface ArchiveWish {
  /** Absolute; a slash at its end: only as a directory. */
  readonly path: string
  /** What it is called in the archive; '': what is in it lies at the top. */
  readonly as: string
  /** Whether the path's own symlink is followed, as those on the way are. */
  readonly follow: boolean
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
const { O_PATH } = openFlags

/** @returns bytes of the archive. @throws MiniDockerError NotFound, FailedPrecondition */
export function archive({ path, as, follow }: ArchiveWish, out: number): { readonly bytes: number } {
  let bytes = 0
  const writer = new LayerWriter(chunk => {
    writeAll(out, chunk)
    bytes += chunk.length
  })
  const walk = new Walk(writer)
  const root = fs.openSync('/', O_PATH | O_DIRECTORY)
  try {
    const whole = follow || path.endsWith('/') || /\/\.\.?$/.test(path)
    const inRoot = path.replace(/^\/+/, '') || '.'
    if (whole) walk.opened(flags => openInRoot(root, inRoot, flags), as)
    else {
      const at = path.lastIndexOf('/')
      const parent = openPathOf(root, path.slice(0, at).replace(/^\/+/, '') || '.')
      walk.named(parent, path.slice(at + 1), as)
    }
    if (path.endsWith('/') && walk.first !== 'directory') notDirectory(path)
  } catch (error) {
    refuse(path, error)
  }
  writer.end()
  return { bytes }
}

class Walk {
  /** What the topmost is. */
  first: EntryType | null = null
  readonly #writer: LayerWriter
  /** By device and inode, where a file with several names was first. */
  readonly #links = new Map<string, string>()

  constructor(writer: LayerWriter) {
    this.#writer = writer
  }

  /** What a path leads to. */
  opened(open: (flags: number) => number, path: string): void {
    const fd = open(O_PATH)
    const status = statusAt(fd, '')
    if (status.type === fileTypes.S_IFDIR) this.#directory(openAt(fd, '.', O_RDONLY | O_DIRECTORY), path)
    else if (status.type === fileTypes.S_IFREG) this.#file(open(O_RDONLY | O_NONBLOCK), path)
    else this.#add(entryOf(status, path))
    fs.closeSync(fd)
  }

  named(parent: number, name: string, path: string): void {
    const c = cName(name)
    const status = statusAt(parent, c)
    if (status.type === fileTypes.S_IFDIR) this.#directory(openAt(parent, c, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path)
    // not to wait for anybody, should it have become a FIFO
    else if (status.type === fileTypes.S_IFREG) this.#file(openAt(parent, c, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), path)
    else if (status.type === fileTypes.S_IFLNK) {
      this.#add({ ...entryOf(status, path), target: decodeName(readlinkAt(parent, c)) })
    } else if (status.type !== fileTypes.S_IFSOCK) this.#add(entryOf(status, path)) // a socket is nothing without its process
  }

  #directory(fd: number, path: string): void {
    try {
      const status = statusAt(fd, '')
      this.#add({ ...entryOf(status, path), xattrs: xattrsOf(fd) })
      const names = namesIn(fd).map(decodeName).sort(compareNames)
      for (const name of names) {
        try {
          this.named(fd, name, path === '' ? name : `${path}/${name}`)
        } catch (error) {
          if (errnoOf(error) !== 'ENOENT') throw error // removed meanwhile
        }
      }
    } finally {
      fs.closeSync(fd)
    }
  }

  #file(fd: number, path: string): void {
    try {
      const status = statusAt(fd, '')
      if (status.type !== fileTypes.S_IFREG) return // something else took its name meanwhile
      const key = `${status.device} ${status.inode}`
      const target = status.links > 1 ? this.#links.get(key) : undefined
      if (target !== undefined) {
        this.#add({ ...entryOf(status, path), type: 'link', size: 0, target })
        return
      }
      if (status.links > 1) this.#links.set(key, path)
      this.#add({ ...entryOf(status, path), xattrs: xattrsOf(fd) }, fd)
    } finally {
      fs.closeSync(fd)
    }
  }

  #add(entry: Entry, content?: number): void {
    this.first ??= entry.type
    this.#writer.add(entry, content)
  }
}

function entryOf({ type, mode, uid, gid, size, mtime, special }: FileStatus, path: string): Entry {
  const name = entryTypes[type] ?? 'file'
  return {
    path,
    type: name,
    mode,
    uid,
    gid,
    size: name === 'file' ? size : 0,
    mtime,
    xattrs: noXattrs,
    ...(name === 'char' || name === 'block' ? { device: special } : {}),
  }
}

function xattrsOf(fd: number): ReadonlyMap<string, Uint8Array> {
  const names = xattrNames(() => listXattrs(fd)).filter(name => !isOverlayXattr(name))
  if (names.length === 0) return noXattrs
  return new Map(names.sort(compareNames).map(name => [name, getXattr(fd, cName(name))]))
}

const notDirectory = (path: string): never =>
  fail('InvalidArgument', { what: quoted(path), why: 'is not a directory', hint: 'leave out the slash at its end' })

function refuse(path: string, error: unknown): never {
  const errno = errnoOf(error)
  if (errno === 'ENOENT') fail('NotFound', { what: quoted(path), why: 'there is none', cause: error })
  if (errno === 'ENOTDIR')
    fail('NotFound', { what: quoted(path), why: 'leads through what is no directory', cause: error })
  if (errno === 'ELOOP')
    fail('FailedPrecondition', { what: quoted(path), why: 'leads through too many symlinks', cause: error })
  throw error
}

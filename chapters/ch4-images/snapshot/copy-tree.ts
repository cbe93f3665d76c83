/**
 * cp -a of a tree of ours: owners, modes, times to the nanosecond, extended attributes, hard links, devices; and files with
 * holes keep them. It goes by the fd of each directory and one name, as names may be any bytes.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { fileTypes } from '#core/sys/constants'
import {
  chmodAt,
  chownAt,
  type FileStatus,
  linkAt,
  mkdirAt,
  mknodAt,
  type Name,
  namesIn,
  openAt,
  readlinkAt,
  setTimesAt,
  statusAt,
  symlinkAt,
} from '#core/sys/files'
import { call } from '#core/sys/libc'
import { getXattr, listXattrs, setXattr } from '#core/sys/xattrs'

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW } = fs.constants

/** @param to an empty directory */
export function copyTree(from: string, to: string): void {
  const source = fs.openSync(from, O_RDONLY | O_DIRECTORY)
  const target = fs.openSync(to, O_RDONLY | O_DIRECTORY)
  try {
    const status = statusAt(source, '')
    copyContent({ source, target }, { root: target, places: new Map() }, '')
    like({ source, target }, status, '.')
  } finally {
    fs.closeSync(source)
    fs.closeSync(target)
  }
}

/** Two directories, open. */
interface Pair {
  readonly source: number
  readonly target: number
}

/** Where the first name of a file with several was copied to: a path below the root, as bytes. */
interface Links {
  readonly root: number
  readonly places: Map<bigint, Buffer>
}

function copyContent({ source, target }: Pair, links: Links, path: Buffer | ''): void {
  for (const bytes of namesIn(source)) {
    const name = cName(bytes)
    const place = path === '' ? bytes : Buffer.concat([path, slash, bytes])
    const status = statusAt(source, name)
    const first = status.links > 1 ? links.places.get(status.inode) : undefined
    if (first !== undefined) {
      linkAt(links.root, cName(first), target, name)
      continue
    }
    if (status.links > 1 && status.type !== fileTypes.S_IFDIR) links.places.set(status.inode, place)
    copyOne({ source, target }, links, name, status, place)
  }
}

function copyOne({ source, target }: Pair, links: Links, name: Buffer, status: FileStatus, place: Buffer): void {
  const { type, mode, special } = status
  switch (type) {
    case fileTypes.S_IFDIR: {
      mkdirAt(target, name, 0o700)
      const inner = open(source, target, name, O_RDONLY | O_DIRECTORY, O_RDONLY | O_DIRECTORY)
      try {
        copyContent(inner, links, place)
        copyXattrs(inner)
      } finally {
        close(inner)
      }
      break
    }
    case fileTypes.S_IFREG: {
      const inner = open(source, target, name, O_RDONLY, O_WRONLY | O_CREAT | O_EXCL)
      try {
        copyBytes(inner, status.size)
        fs.fchownSync(inner.target, status.uid, status.gid) // takes capabilities off a file: before they are set
        copyXattrs(inner)
      } finally {
        close(inner)
      }
      break
    }
    case fileTypes.S_IFLNK:
      symlinkAt(cName(readlinkAt(source, name)), target, name)
      break
    case fileTypes.S_IFSOCK:
      return // nobody listens on it any more
    default:
      mknodAt(target, name, type, mode, ...special)
  }
  like({ source, target }, status, name)
}

/** Owner before mode: chown(2) takes setuid away. Times at last: all else changes them. */
function like({ target }: Pair, { type, mode, uid, gid, mtime }: FileStatus, name: Name): void {
  if (type !== fileTypes.S_IFREG) chownAt(target, name, uid, gid)
  if (type !== fileTypes.S_IFLNK) chmodAt(target, name, mode)
  setTimesAt(target, name, mtime)
}

/** Holes stay holes: copied byte by byte, a sparse file of a terabyte would fill any disk. lseek(2), SEEK_DATA. */
function copyBytes({ source, target }: Pair, size: number): void {
  for (let at = 0; at < size; ) {
    const data = seek(source, at, SEEK_DATA)
    if (data === null) break
    const end = seek(source, data, SEEK_HOLE) ?? size
    for (at = data; at < end; ) {
      const read = fs.readSync(source, buffer, 0, Math.min(buffer.length, end - at), at)
      if (read === 0) break
      for (let written = 0; written < read; ) {
        written += fs.writeSync(target, buffer, written, read - written, at + written)
      }
      at += read
    }
  }
  fs.ftruncateSync(target, size)
}

const buffer = Buffer.allocUnsafe(1 << 20)
const SEEK_DATA = 3
const SEEK_HOLE = 4

function seek(fd: number, at: number, whence: number): number | null {
  try {
    return call('long lseek(int fd, long offset, int whence)', fd, at, whence)
  } catch (error) {
    if (errnoOf(error) === 'ENXIO') return null // nothing but a hole from here on
    throw error
  }
}

function copyXattrs({ source, target }: Pair): void {
  const names = listXattrs(source)
  for (let at = 0; at < names.length; ) {
    const end = names.indexOf(0, at) + 1
    const name = names.subarray(at, end)
    setXattr(target, name, getXattr(source, name))
    at = end
  }
}

function open(source: number, target: number, name: Buffer, reading: number, writing: number): Pair {
  const from = openAt(source, name, reading | O_NOFOLLOW)
  try {
    return { source: from, target: openAt(target, name, writing | O_NOFOLLOW, 0o600) }
  } catch (error) {
    fs.closeSync(from)
    throw error
  }
}

function close({ source, target }: Pair): void {
  fs.closeSync(source)
  fs.closeSync(target)
}

const slash = Buffer.from('/')
const cName = (name: Buffer): Buffer => Buffer.concat([name, Buffer.of(0)])

/**
 * What a file is like: owner, mode, extended attributes, times; in this order. A change of the owner takes setuid and
 * the capabilities away (chown(2), capabilities(7)), and everything changes the time.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { chmodAt, chownAt, type Name, openAt, setTimes, setTimesAt } from '#core/sys/files'
import { listXattrs, removeXattr, setXattr, setXattrOf } from '#core/sys/xattrs'
import { type Entry, isOverlayXattr } from './entry.js'
import { cName, decodeName } from './name.js'

/** Counts of what this machine did not let us do. */
export interface Skipped {
  devices: number
  xattrs: number
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants

/** A file that is open for writing, all its content written. @throws Errno, as all do */
export function ownFile(fd: number, entry: Entry, skipped: Skipped): void {
  own(entry, (uid, gid) => fs.fchownSync(fd, uid, gid))
  fs.fchmodSync(fd, entry.mode)
  setXattrs(entry, skipped, (name, value) => setXattr(fd, name, value))
  setTimes(fd, entry.mtime)
}

/** @param old whether it was there before: then it may have attributes that the entry has not */
export function ownDirectory(parent: number, name: Name, entry: Entry, old: boolean, skipped: Skipped): void {
  const fd = openAt(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    if (old) removeOtherXattrs(fd, entry)
    ownFile(fd, entry, skipped)
  } finally {
    fs.closeSync(fd)
  }
}

/** A symlink, device or FIFO, which cannot be opened. @param path the same as parent and name: xattr(7) has no *at calls */
export function ownName(parent: number, name: Name, path: Name, entry: Entry, skipped: Skipped): void {
  own(entry, (uid, gid) => chownAt(parent, name, uid, gid))
  if (entry.type !== 'symlink') chmodAt(parent, name, entry.mode)
  setXattrs(entry, skipped, (key, value) => setXattrOf(path, key, value))
  setTimesAt(parent, name, entry.mtime)
}

const isRoot = process.geteuid?.() === 0

/** Only root of a user namespace can give files away; who is not keeps them. */
function own({ uid, gid }: Entry, chown: (uid: number, gid: number) => void): void {
  if (!isRoot) return
  try {
    chown(uid, gid)
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error
    fail('FailedPrecondition', {
      what: `owner ${uid}:${gid}`,
      why: 'the user namespace has no such ids',
      hint: 'give the user a larger range in /etc/subuid and /etc/subgid',
      cause: error,
    })
  }
}

/** EPERM: trusted.* and security.* want privileges, user.* a plain file. ENOTSUP: the file system has none. */
const cannot = ['EPERM', 'EACCES', 'EOPNOTSUPP', 'ENOTSUP']

function setXattrs({ xattrs }: Entry, skipped: Skipped, set: (name: Name, value: Uint8Array) => void): void {
  for (const [name, value] of xattrs) {
    try {
      set(cName(name), value)
    } catch (error) {
      if (!cannot.includes(errnoOf(error) ?? '')) throw error
      skipped.xattrs++
    }
  }
}

function removeOtherXattrs(fd: number, { xattrs }: Entry): void {
  for (const name of xattrNames(() => listXattrs(fd))) {
    if (xattrs.has(name) || isOverlayXattr(name)) continue
    try {
      removeXattr(fd, cName(name))
    } catch (error) {
      if (![...cannot, 'ENODATA'].includes(errnoOf(error) ?? '')) throw error // a label that the kernel gives
    }
  }
}

/** The names of a list as flistxattr(2) gives it; none where the file system has no such thing. */
export function xattrNames(list: () => Buffer): string[] {
  try {
    const names = list()
    return names.length === 0 ? [] : decodeName(names.subarray(0, -1)).split('\0')
  } catch (error) {
    if (['EOPNOTSUPP', 'ENOTSUP'].includes(errnoOf(error) ?? '')) return []
    throw error
  }
}

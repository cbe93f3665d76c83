/**
 * A tree → its entries, each directory before what is in it, names in the order of their bytes: the same tree gives the
 * same list on every machine. Files are opened by the fd of their directory and never through a symlink, so that a tree
 * which somebody changes meanwhile gives nothing from outside of it.
 *
 * Sockets are left out: they mean nothing without the process that listens (Docker and tar do the same).
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { fileTypes } from '#core/sys/constants'
import { type FileStatus, namesIn, openAt, readlinkAt, statusAt } from '#core/sys/files'
import { getXattr, getXattrOf, listXattrs, listXattrsOf } from '#core/sys/xattrs'
import { type Entry, type EntryType, isOverlayXattr, noXattrs } from './entry.js'
import { xattrNames } from './metadata.js'
import { cName, compareNames, decodeName, quoted } from './name.js'
import { below, parentOf } from './path.js'
import { isWhiteoutDevice, opaqueXattrs, whiteoutEntry } from './upper.js'
import { meaningOf, OPAQUE, whiteoutOf } from './whiteout.js'

export interface WalkOptions {
  /** Whether to leave out that path, and all below it. */
  readonly exclude?: (path: string) => boolean
  /** 'overlay': an overlay's upper directory, whose whiteouts and opaque directories become a layer's. */
  readonly whiteouts?: 'overlay' | 'none'
}

export interface Found {
  readonly entry: Entry
  /** Opens the content of a file; the caller closes it. @throws Errno */
  open(): number
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** By the type of stat(2); a socket has none. */
export const entryTypes: Readonly<Record<number, EntryType | undefined>> = {
  [fileTypes.S_IFREG]: 'file',
  [fileTypes.S_IFDIR]: 'directory',
  [fileTypes.S_IFLNK]: 'symlink',
  [fileTypes.S_IFCHR]: 'char',
  [fileTypes.S_IFBLK]: 'block',
  [fileTypes.S_IFIFO]: 'fifo',
}

/** The root's own entry comes first. What is found can be opened until the next one is asked for. @throws Errno */
export function* walk(root: string, options: WalkOptions = {}): Generator<Found> {
  const fd = fs.openSync(root, O_RDONLY | O_DIRECTORY)
  try {
    yield* directory({ root: root === '/' ? '' : root, options, firstNames: new Map() }, fd, '', statusAt(fd, ''))
  } finally {
    fs.closeSync(fd)
  }
}

interface Walking {
  readonly root: string
  readonly options: WalkOptions
  /** Files with more than one name: device and inode → the first of them. */
  readonly firstNames: Map<string, string>
}

function* directory(walking: Walking, fd: number, path: string, status: FileStatus): Generator<Found> {
  const xattrs = readXattrs(
    () => listXattrs(fd),
    name => getXattr(fd, name),
  )
  yield { entry: entryOf(path, 'directory', status, withoutOverlay(xattrs)), open: () => noContent(path) }
  if (walking.options.whiteouts === 'overlay' && opaqueXattrs.some(name => xattrs.get(name)?.toString() === 'y')) {
    yield foundWhiteout(below(path, OPAQUE))
  }
  const names = namesIn(fd).map(decodeName).sort(compareNames)
  for (const name of names) yield* one(walking, fd, name, below(path, name))
}

function* one(walking: Walking, parent: number, name: string, path: string): Generator<Found> {
  const { exclude, whiteouts } = walking.options
  if (exclude?.(path) === true) return
  const status = statusAt(parent, cName(name))
  if (whiteouts === 'overlay' && isWhiteoutDevice(status)) {
    yield foundWhiteout(below(parentOf(path), whiteoutOf(name)))
    return
  }
  if (meaningOf(name).kind !== 'plain') {
    const hint = 'layers keep names that begin with .wh. for whiteouts: exclude it'
    fail('FailedPrecondition', { what: quoted(path), why: 'a layer cannot hold a file of that name', hint })
  }
  const type = entryTypes[status.type]
  if (type === undefined) return // a socket
  if (type === 'directory') {
    const fd = openAt(parent, cName(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try {
      yield* directory(walking, fd, path, statusAt(fd, ''))
    } finally {
      fs.closeSync(fd)
    }
    return
  }
  const first = firstName(walking, path, status)
  if (first !== undefined) {
    yield { entry: { ...entryOf(path, 'link', status, noXattrs), target: first }, open: () => noContent(path) }
    return
  }
  const full = cName(`${walking.root}/${path}`)
  const xattrs = withoutOverlay(
    readXattrs(
      () => listXattrsOf(full),
      key => getXattrOf(full, key),
    ),
  )
  const entry = entryOf(path, type, status, xattrs)
  if (type === 'symlink') {
    yield { entry: { ...entry, target: decodeName(readlinkAt(parent, cName(name))) }, open: () => noContent(path) }
  } else {
    const device = type === 'char' || type === 'block' ? { device: status.special } : {}
    yield { entry: { ...entry, ...device }, open: () => openSame(parent, name, path, status) }
  }
}

/** @returns the name under which this very file was found before */
function firstName({ firstNames }: Walking, path: string, { links, device, inode }: FileStatus): string | undefined {
  if (links < 2) return undefined
  const key = `${device} ${inode}`
  const first = firstNames.get(key)
  if (first === undefined) firstNames.set(key, path)
  return first
}

const entryOf = (path: string, type: EntryType, status: FileStatus, xattrs: Entry['xattrs']): Entry => ({
  path,
  type,
  mode: status.mode,
  uid: status.uid,
  gid: status.gid,
  size: type === 'file' ? status.size : 0,
  mtime: status.mtime,
  xattrs,
})

/** Without waiting for a FIFO that took the name meanwhile. */
function openSame(parent: number, name: string, path: string, { device, inode }: FileStatus): number {
  const fd = openAt(parent, cName(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  const now = statusAt(fd, '')
  if (now.inode === inode && now.device === device) return fd
  fs.closeSync(fd)
  return fail('FailedPrecondition', { what: quoted(path), why: 'it was replaced while it was read' })
}

/** A mark of that path, which is nowhere on the disk. */
export const foundWhiteout = (path: string): Found => ({
  entry: whiteoutEntry(path),
  open: () => fs.openSync('/dev/null', 'r'),
})
const noContent = (path: string): never => fail('InvalidArgument', { what: quoted(path), why: 'it is no file' })

function readXattrs(list: () => Buffer, get: (name: string | Uint8Array) => Buffer): ReadonlyMap<string, Buffer> {
  const names = xattrNames(list)
  if (names.length === 0) return noXattrs as ReadonlyMap<string, Buffer>
  const found = new Map<string, Buffer>()
  for (const name of names.sort(compareNames)) {
    try {
      found.set(name, get(cName(name)))
    } catch (error) {
      if (errnoOf(error) !== 'ENODATA') throw error // it went meanwhile
    }
  }
  return found
}

const withoutOverlay = (xattrs: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> =>
  xattrs.size === 0 ? noXattrs : new Map([...xattrs].filter(([name]) => !isOverlayXattr(name) && name !== LABEL))

/** The kernel's SELinux label belongs to this machine's policy; Docker takes none but security.capability of its kind. */
const LABEL = 'security.selinux'

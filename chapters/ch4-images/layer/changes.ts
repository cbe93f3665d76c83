/**
 * Two trees, a and b → the entries that make b of a: a layer, for a snapshotter that has no kernel to note what changes.
 *
 * Compared are type, mode, owner, size, time, extended attributes, a link's text, a device's numbers; and where all of
 * that is equal the content, always: times can be set back, and a build that gives all files the same time would hide
 * its changes. (containerd reads content only where times have no nanoseconds: faster, but `touch -r` deceives it.)
 * What is one inode in both trees is not read.
 *
 * With a change come the directories that it is in: their times change as it is put there. A file with several names
 * comes with all of them, for a link may lead only to what its own layer has.
 */

import { Buffer } from 'node:buffer'
import * as fs from 'node:fs'
import { statusAt } from '#core/sys/files'
import type { Entry } from './entry.js'
import { compareNames } from './name.js'
import { baseName, below, parentOf } from './path.js'
import { type Found, foundWhiteout, type WalkOptions, walk } from './walk.js'
import { whiteoutOf } from './whiteout.js'

type Exclude = Pick<WalkOptions, 'exclude'>

/** @yields what can be opened until the next one is asked for, in the order of walk(). @throws Errno */
export function* changes(a: string, b: string, options: Exclude = {}): Generator<Found> {
  const [namesInA, namesInB] = [linkedNames(a, options), linkedNames(b, options)]
  /** Directories of b that the walk is in and that are not yielded yet. */
  let unsaid: Found[] = []
  /** What was yielded of files that have more names. */
  const said = new Set<string>()

  function* say(found: Found): Generator<Found> {
    const { path } = found.entry
    yield* unsaid.filter(({ entry }) => isAbove(entry.path, path))
    unsaid = []
    said.add(path)
    yield found
  }

  for (const [old, now] of sideBySide(walk(a, options), walk(b, options))) {
    const path = (now ?? old)!.entry.path
    unsaid = unsaid.filter(({ entry }) => isAbove(entry.path, path))
    if (now === undefined) yield* say(foundWhiteout(below(parentOf(path), whiteoutOf(baseName(path)))))
    else if (old !== undefined && namesInA.get(path) === namesInB.get(path) && isSame(old, now, said)) {
      if (now.entry.type === 'directory') unsaid.push(now)
    } else yield* say(now)
  }
}

const isAbove = (directory: string, path: string): boolean =>
  path !== directory && (directory === '' || path.startsWith(`${directory}/`))

/** Path of a file with several names → all of them, the same string for each. */
function linkedNames(root: string, options: Exclude): ReadonlyMap<string, string> {
  const groups = new Map<string, string[]>()
  for (const { entry } of walk(root, options)) {
    if (entry.type !== 'link') continue
    const first = entry.target!
    const group = groups.get(first) ?? [first]
    group.push(entry.path)
    groups.set(first, group)
  }
  return new Map([...groups.values()].flatMap(names => names.map(name => [name, names.join('\0')] as const)))
}

/**
 * The two walks in step: what has the same path comes together. Of a directory of a that is none in b, nothing below it
 * comes: it goes with the directory.
 */
function* sideBySide(
  a: Iterator<Found>,
  b: Iterator<Found>,
): Generator<readonly [Found | undefined, Found | undefined]> {
  const next = (walking: Iterator<Found>): Found | undefined => {
    const { done, value } = walking.next()
    return done === true ? undefined : value
  }
  let [old, now] = [next(a), next(b)]
  while (old !== undefined || now !== undefined) {
    const order = old === undefined ? 1 : now === undefined ? -1 : comparePaths(old.entry.path, now.entry.path)
    yield [order <= 0 ? old : undefined, order >= 0 ? now : undefined]
    const goes = order < 0 || (order === 0 && now!.entry.type !== 'directory')
    if (order <= 0) {
      const { path } = old!.entry
      do old = next(a)
      while (goes && old !== undefined && isAbove(path, old.entry.path))
    }
    if (order >= 0) now = next(b)
  }
}

/** The order of walk(): component by component. */
function comparePaths(a: string, b: string): number {
  if (a === b) return 0
  if (isAbove(a, b)) return -1
  if (isAbove(b, a)) return 1
  const [inA, inB] = [a.split('/'), b.split('/')]
  const at = inA.findIndex((component, i) => component !== inB[i])
  return compareNames(inA[at]!, inB[at]!)
}

function isSame(old: Found, now: Found, said: ReadonlySet<string>): boolean {
  const { entry: a } = old
  const { entry: b } = now
  if (a.type === 'link' && b.type === 'link') return !said.has(b.target!)
  return sameStatus(a, b) && (a.type !== 'file' || sameContent(old, now))
}

function sameStatus(a: Entry, b: Entry): boolean {
  const plain = ['type', 'mode', 'uid', 'gid', 'size', 'mtime', 'target'] as const
  return (
    plain.every(key => a[key] === b[key]) &&
    a.device?.[0] === b.device?.[0] &&
    a.device?.[1] === b.device?.[1] &&
    a.xattrs.size === b.xattrs.size &&
    [...a.xattrs].every(([name, value]) => {
      const other = b.xattrs.get(name)
      return other !== undefined && Buffer.compare(value, other) === 0
    })
  )
}

const CHUNK = 1 << 20
const chunks = { a: Buffer.allocUnsafeSlow(CHUNK), b: Buffer.allocUnsafeSlow(CHUNK) }

function sameContent(old: Found, now: Found): boolean {
  const a = old.open()
  try {
    const b = now.open()
    try {
      return isOneInode(a, b) || sameBytes(a, b)
    } finally {
      fs.closeSync(b)
    }
  } finally {
    fs.closeSync(a)
  }
}

function isOneInode(a: number, b: number): boolean {
  const [inA, inB] = [statusAt(a, ''), statusAt(b, '')]
  return inA.inode === inB.inode && inA.device === inB.device
}

/** Files may be read in pieces of any size: each side fills its chunk before they are compared. */
function sameBytes(a: number, b: number): boolean {
  for (;;) {
    const [lengthA, lengthB] = [fill(a, chunks.a), fill(b, chunks.b)]
    if (lengthA !== lengthB || chunks.a.compare(chunks.b, 0, lengthB, 0, lengthA) !== 0) return false
    if (lengthA < CHUNK) return true
  }
}

function fill(fd: number, chunk: Buffer): number {
  let filled = 0
  while (filled < CHUNK) {
    const length = fs.readSync(fd, chunk, filled, CHUNK - filled, null)
    if (length === 0) break
    filled += length
  }
  return filled
}

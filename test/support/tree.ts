/** A tree as lines, to be compared: everything that a layer can bring, read by lstat, readlink and getfattr's own call. */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as assert from 'uvu/assert'
import { getXattrOf, listXattrsOf } from '#core/sys/xattrs'

/** `path type mode owner content|target|device times xattrs`, sorted; hard links by the first of their names. Names in latin1. */
export function treeOf(root: string): string[] {
  const lines: string[] = []
  const inodes = new Map<bigint, string>()
  const walk = (below: Buffer): void => {
    for (const name of fs.readdirSync(below, { encoding: 'buffer' }).sort(Buffer.compare)) {
      const place = Buffer.concat([below, Buffer.from('/'), name])
      const path = place.toString('latin1').slice(root.length + 1)
      const stat = fs.lstatSync(place, { bigint: true })
      const first = stat.nlink > 1n && !stat.isDirectory() ? inodes.get(stat.ino) : undefined
      inodes.set(stat.ino, path)
      lines.push(first === undefined ? lineOf(place, path, stat) : `${path} = ${first}`)
      if (stat.isDirectory()) walk(place)
    }
  }
  walk(Buffer.from(root))
  return lines
}

function lineOf(place: Buffer, path: string, stat: fs.BigIntStats): string {
  const content = stat.isFile()
    ? hashOf(place)
    : stat.isSymbolicLink()
      ? fs.readlinkSync(place)
      : stat.isCharacterDevice() || stat.isBlockDevice()
        ? String(stat.rdev)
        : ''
  return [
    path,
    (stat.mode & 0o177777n).toString(8),
    `${stat.uid}:${stat.gid}`,
    content,
    stat.mtimeNs,
    xattrsOf(Buffer.concat([place, Buffer.of(0)])),
  ]
    .join(' ')
    .trimEnd()
}

/** In pieces: a file with a hole may be large. */
function hashOf(place: string | Buffer): string {
  const hash = createHash('sha256')
  const fd = fs.openSync(place, 'r')
  const buffer = Buffer.allocUnsafe(1 << 20)
  for (let read = fs.readSync(fd, buffer); read > 0; read = fs.readSync(fd, buffer))
    hash.update(buffer.subarray(0, read))
  fs.closeSync(fd)
  return hash.digest('hex').slice(0, 16)
}

function xattrsOf(place: Buffer): string {
  const names = listXattrsOf(place).toString('latin1').split('\0').filter(Boolean).sort()
  return names.map(name => `${name}=${getXattrOf(place, name).toString('hex')}`).join(',')
}

/** Only what differs is told: trees are long. */
export function assertSameTree(actual: readonly string[], expected: readonly string[], what = ''): void {
  const [there, wanted] = [new Set(actual), new Set(expected)]
  const wrong = [
    ...expected.filter(line => !there.has(line)).map(line => `missing: ${line}`),
    ...actual.filter(line => !wanted.has(line)).map(line => `unexpected: ${line}`),
  ]
  assert.equal(wrong.slice(0, 20), [], what)
}

/** Files below a directory, each with a hash of what is in it. */
export function filesOf(root: string): string[] {
  if (!fs.existsSync(root)) return []
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .map(entry => {
      const place = `${entry.parentPath}/${entry.name}`
      const path = place.slice(root.length + 1)
      if (!entry.isFile()) return path
      return `${path} ${hashOf(place)}`
    })
    .sort()
}

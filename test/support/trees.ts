/**
 * Trees to pack and compare: fast-check's own, of all types that a layer knows, with odd names; and a look at one, by
 * Node's lstat, which owes nothing to what is tested.
 */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import fc from 'fast-check'
import { atFlags, fileTypes } from '#core/sys/constants'
import { mknodAt, setTimesAt } from '#core/sys/files'
import { getXattrOf, listXattrsOf, setXattrOf } from '#core/sys/xattrs'

const { AT_FDCWD } = atFlags
const { S_IFBLK, S_IFCHR, S_IFIFO } = fileTypes

/** A name as bytes, in latin1: one character a byte. */
export type Name = string

export type Node =
  | { readonly kind: 'directory'; readonly in: Readonly<Record<Name, Node>>; readonly meta: Meta }
  | { readonly kind: 'file'; readonly content: string; readonly meta: Meta }
  | { readonly kind: 'sparse'; readonly data: string; readonly hole: number; readonly meta: Meta }
  | { readonly kind: 'symlink'; readonly text: Name; readonly meta: Meta }
  /** Another name of whichever file was made before; of none when there is none. */
  | { readonly kind: 'link'; readonly of: number }
  | { readonly kind: 'fifo'; readonly meta: Meta }
  | {
      readonly kind: 'device'
      readonly type: 'c' | 'b'
      readonly major: number
      readonly minor: number
      readonly meta: Meta
    }

export interface Meta {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtime: bigint
  readonly xattrs: Readonly<Record<string, string>>
}

const pieces = fc.constantFrom('a', 'b', '.', ' ', '\n', '\\', "'", 'é', '世', '\u{1f600}', '\ue000', '-', '=', '~')
const nameOf = (unit: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<Name> =>
  fc.string({ unit, minLength: 1, maxLength }).map(text => Buffer.from(text).toString('latin1'))
const names = fc
  .oneof(
    { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'etc', 'x y') },
    { weight: 3, arbitrary: nameOf(pieces, 12) },
    { weight: 1, arbitrary: fc.integer({ min: 90, max: 120 }).map(length => 'n'.repeat(length)) },
    // bytes that are no UTF-8
    {
      weight: 1,
      arbitrary: fc.string({ unit: fc.constantFrom('\xff', '\xc3', '\xed\xa0\x80', 'a'), minLength: 1, maxLength: 5 }),
    },
  )
  .filter(name => name !== '.' && name !== '..' && !name.startsWith('.wh.'))

const times = fc.oneof(
  fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }),
  fc.bigInt({ min: 0n, max: 4_000_000_000n }).map(seconds => seconds * 1_000_000_000n),
  fc.bigInt({ min: -2_000_000_000_000_000_000n, max: -1n }),
)
const ids = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1000, 65534) },
  { weight: 1, arbitrary: fc.constantFrom(2097151, 2097152, 4294967294) },
)
const values = fc.string({ unit: fc.constantFrom('v', '\n', '=', '\0', 'é'), maxLength: 6 })
const metas = (xattrs: fc.Arbitrary<Meta['xattrs']>): fc.Arbitrary<Meta> =>
  fc.record({
    mode: fc.constantFrom(0o644, 0o755, 0o400, 0o4755, 0o2755, 0o1777, 0),
    uid: ids,
    gid: ids,
    mtime: times,
    xattrs,
  })
const noXattrs = fc.constant({})
const userXattrs = fc.oneof(
  { weight: 3, arbitrary: noXattrs },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('user.a', 'user.b=c', 'trusted.t'), values, { maxKeys: 2 }) },
)

const contents = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom('', 'x'.repeat(511), 'x'.repeat(512), 'x'.repeat(513), 'y'.repeat(70_000)),
)

/** @param special whether device files are among it, which only root can make */
export function trees(special: boolean): fc.Arbitrary<Node> {
  const files = fc.record({ kind: fc.constant('file' as const), content: contents, meta: metas(userXattrs) })
  const leaves: fc.Arbitrary<Node>[] = [
    files,
    files,
    fc.record({
      kind: fc.constant('sparse' as const),
      data: fc.string({ maxLength: 5 }),
      hole: fc.constantFrom(4096, 100_000, 3_000_000),
      meta: metas(noXattrs),
    }),
    fc.record({
      kind: fc.constant('symlink' as const),
      text: fc.oneof(names, fc.constant(`../${'t'.repeat(150)}`), fc.constant('/etc')),
      meta: metas(noXattrs),
    }),
    fc.record({ kind: fc.constant('link' as const), of: fc.nat(5) }),
    fc.record({ kind: fc.constant('fifo' as const), meta: metas(noXattrs) }),
  ]
  if (special) {
    const device = {
      kind: fc.constant('device' as const),
      type: fc.constantFrom('c' as const, 'b' as const),
      major: fc.integer({ min: 1, max: 4095 }),
      minor: fc.integer({ min: 0, max: 1048575 }),
      meta: metas(noXattrs),
    }
    leaves.push(fc.record(device))
  }
  const { tree } = fc.letrec<{ tree: Node; inside: Node }>(tie => ({
    tree: fc.record({
      kind: fc.constant('directory' as const),
      in: fc.dictionary(names, tie('inside'), { maxKeys: 5 }),
      meta: metas(userXattrs),
    }),
    inside: fc.oneof({ maxDepth: 3, depthSize: 'small' }, ...leaves, tie('tree')),
  }))
  return tree
}

const bytes = (latin1: string): Buffer => Buffer.from(latin1, 'latin1')
const withNul = (path: Buffer): Buffer => Buffer.concat([path, Buffer.of(0)])

/** Makes a tree where nothing is yet. */
export function makeTree(root: string, tree: Node): void {
  make(bytes(root), tree, [])
}

function make(path: Buffer, node: Node, files: Buffer[]): void {
  if (node.kind === 'link') {
    const target = files[node.of % Math.max(1, files.length)]
    if (target === undefined) {
      fs.writeFileSync(path, '')
      fs.utimesSync(path, 1, 1) // else it is as old as the clock's tick, and so is another made in it, or not
    } else fs.linkSync(target, path)
    return
  }
  if (node.kind === 'directory') {
    fs.mkdirSync(path)
    for (const [name, child] of Object.entries(node.in)) make(Buffer.concat([path, bytes(`/${name}`)]), child, files)
  } else if (node.kind === 'symlink') fs.symlinkSync(bytes(node.text), path)
  else if (node.kind === 'fifo') mknodAt(AT_FDCWD, withNul(path), S_IFIFO, 0o600)
  else if (node.kind === 'device') {
    mknodAt(AT_FDCWD, withNul(path), node.type === 'c' ? S_IFCHR : S_IFBLK, 0o600, node.major, node.minor)
  } else if (node.kind === 'file') fs.writeFileSync(path, node.content)
  else {
    const fd = fs.openSync(path, 'w')
    fs.writeSync(fd, node.data)
    fs.writeSync(fd, node.data, node.hole)
    fs.ftruncateSync(fd, node.hole + 10)
    fs.closeSync(fd)
  }
  if (node.kind === 'file' || node.kind === 'sparse') files.push(path)
  give(path, node.meta, node.kind === 'symlink')
}

function give(path: Buffer, { mode, uid, gid, mtime, xattrs }: Meta, isLink: boolean): void {
  if (process.geteuid!() === 0) fs.lchownSync(path, uid, gid)
  if (!isLink) fs.chmodSync(path, mode)
  for (const [name, value] of Object.entries(xattrs)) setXattrOf(withNul(path), name, Buffer.from(value))
  setTimesAt(AT_FDCWD, withNul(path), mtime)
}

/**
 * What a tree looks like: a line for each path, with all that a layer carries: type, mode, owner, time, size, a digest of
 * the content, link text, device numbers, attributes, and which other names the same file has.
 */
export function look(root: string): Record<string, string> {
  const seen: Record<string, string> = {}
  const firsts = new Map<string, string>()
  const visit = (path: Buffer, name: string): void => {
    const status = fs.lstatSync(path, { bigint: true })
    const inode = `${status.dev} ${status.ino}`
    const first = firsts.get(inode)
    firsts.set(inode, first ?? name)
    seen[name] = [
      status.mode.toString(8),
      `${status.uid}:${status.gid}`,
      status.mtimeNs,
      status.isFile() ? `${status.size} ${digestOf(path)}` : '',
      status.isSymbolicLink() ? fs.readlinkSync(path, 'latin1') : '',
      status.isBlockDevice() || status.isCharacterDevice() ? status.rdev : '',
      attributesOf(path),
      first === undefined ? '' : `= ${first}`,
    ].join(' ')
    if (!status.isDirectory()) return
    const names = fs.readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare)
    for (const child of names) {
      visit(Buffer.concat([path, Buffer.from('/'), child]), `${name}/${child.toString('latin1')}`)
    }
  }
  visit(Buffer.from(root), '.')
  return seen
}

const digestOf = (path: Buffer): string => createHash('sha256').update(fs.readFileSync(path)).digest('hex').slice(0, 16)

function attributesOf(path: Buffer): string {
  const list = listXattrsOf(withNul(path)).toString('latin1').split('\0').filter(Boolean).sort()
  return list.map(name => `${name}=${getXattrOf(withNul(path), name).toString('hex')}`).join(',')
}

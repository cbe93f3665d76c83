/**
 * Files of another stage's or image's tree, taken by a worker inside it: as files 0, 1, 2 … of a directory of the host's, and
 * `index.json`, which says what each is. A worker, as the tree may belong to users that the caller may not read for.
 */

import * as fs from 'node:fs'
import { openAt } from '#core/sys/files'
import { getXattrOf, listXattrsOf } from '#core/sys/xattrs'
import { ignorePatterns } from '../dockerfile/ignore.js'
import { type Entry, isOverlayXattr } from '../layer/entry.js'
import { xattrNames } from '../layer/metadata.js'
import { openFile, type TakenFile, type TakenSource } from './files.js'
import { takeFiles } from './take.js'

export interface TakeArguments {
  /** An empty directory of the host's. */
  readonly out: string
  readonly sources: readonly string[]
  readonly exclude: readonly string[]
  readonly parents: boolean
}

/** JSON has neither bigints nor maps. */
type Written = Omit<Entry, 'mtime' | 'xattrs'> & {
  readonly mtime: string
  readonly xattrs: readonly (readonly [name: string, base64: string])[]
  readonly file: string | null
}
type Index = readonly (Omit<TakenSource, 'files'> & { readonly files: readonly Written[] })[]

/** @param out opened by the host's path, before the worker went inside */
export function performTake(
  root: string,
  out: number,
  { sources, exclude, parents }: TakeArguments,
): { readonly files: number } {
  let count = 0
  const taken = takeFiles(root, {
    sources,
    ignore: ignorePatterns([]),
    exclude: ignorePatterns(exclude),
    parents,
    owner: null,
    xattrs: xattrsOf,
  })
  const index: Index = taken.map(source => ({
    ...source,
    files: source.files.map(file => {
      const name = typeof file.content === 'string' ? String(count++) : null
      if (name !== null) copyTo(file.content as string, out, name)
      return written(file, name)
    }),
  }))
  const fd = openAt(out, 'index.json', newFile, 0o600)
  fs.writeFileSync(fd, JSON.stringify(index))
  fs.closeSync(fd)
  return { files: count }
}

const written = ({ entry }: TakenFile, file: string | null): Written => ({
  ...entry,
  mtime: String(entry.mtime),
  xattrs: [...entry.xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
  file,
})

function xattrsOf(place: string): ReadonlyMap<string, Uint8Array> {
  const names = xattrNames(() => listXattrsOf(place)).filter(name => !isOverlayXattr(name))
  return new Map(names.map(name => [name, getXattrOf(place, name)]))
}

const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants
const newFile = O_WRONLY | O_CREAT | O_EXCL

/** By the directory's fd: from inside the tree, the host has no paths. */
function copyTo(from: string, directory: number, name: string): void {
  const source = openFile(from)
  const target = openAt(directory, name, newFile, 0o600)
  try {
    const buffer = Buffer.allocUnsafe(1 << 18)
    for (;;) {
      const read = fs.readSync(source, buffer, 0, buffer.length, null)
      if (read === 0) return
      for (let at = 0; at < read; ) at += fs.writeSync(target, buffer, at, read - at)
    }
  } finally {
    fs.closeSync(source)
    fs.closeSync(target)
  }
}

/** The other side: what the worker wrote down. */
export function readTaken(out: string): TakenSource[] {
  const index = JSON.parse(fs.readFileSync(`${out}/index.json`, 'utf8')) as Index
  return index.map(source => ({
    ...source,
    files: source.files.map(({ file, mtime, xattrs, ...entry }) => ({
      entry: {
        ...entry,
        mtime: BigInt(mtime),
        xattrs: new Map(xattrs.map(([name, value]) => [name, Buffer.from(value, 'base64')])),
      },
      content: file === null ? null : `${out}/${file}`,
    })),
  }))
}

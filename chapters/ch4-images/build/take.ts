/**
 * Which files a COPY takes from a directory: names and patterns, what is left out, links followed to the source itself and no
 * further. Paths never lead out of the root: a `..` stops there, and an absolute link begins there.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { compileGlob, isPattern } from '../dockerfile/glob.js'
import { cleanPath, type Ignore } from '../dockerfile/ignore.js'
import { noXattrs } from '../layer/entry.js'
import type { TakenFile, TakenSource } from './files.js'

export interface TakeWish {
  readonly sources: readonly string[]
  /** .dockerignore: paths are relative to the root. */
  readonly ignore: Ignore
  /** --exclude: relative to the root as well. */
  readonly exclude: Ignore
  /** --parents */
  readonly parents: boolean
  /** null: as they are. */
  readonly owner: { readonly uid: number; readonly gid: number } | null
  /** Reads the extended attributes of a place; null: there are none. */
  readonly xattrs?: (place: string) => ReadonlyMap<string, Uint8Array>
}

/** @throws MiniDockerError NotFound when a source is not there */
export function takeFiles(root: string, wish: TakeWish): TakenSource[] {
  const taken = wish.sources.flatMap(source => {
    const path = cleanPath(`/${source}`)
    if (!isPattern(path)) return [takeSource(root, path, source, wish)]
    return matching(root, path, wish).map(found => takeSource(root, found, source, wish))
  })
  if (taken.length > 0) return taken
  return fail('NotFound', {
    what: `'${wish.sources.join("' '")}'`,
    why: 'matches nothing',
    hint: 'paths are relative to the build context; is it in .dockerignore?',
  })
}

const isLeftOut = ({ ignore, exclude }: TakeWish, path: string): boolean =>
  ignore.ignores(path) || exclude.ignores(path)

function takeSource(root: string, path: string, said: string, wish: TakeWish): TakenSource {
  const real = realPathIn(root, path)
  const stat = real === null ? null : statOf(`${root}/${real}`)
  if (real === null || stat === null || isLeftOut(wish, path)) {
    const ignored = real !== null && stat !== null
    fail('NotFound', {
      what: `'${said}'`,
      why: ignored ? 'is left out by .dockerignore' : 'is not there',
      hint: ignored ? 'take it back by a line with !' : 'paths are relative to the build context',
    })
  }
  const files: TakenFile[] = []
  const prefix = wish.parents ? path : ''
  if (wish.parents) {
    const names = path.split('/')
    for (let end = 1; end < names.length; end++) {
      const above = names.slice(0, end).join('/')
      const place = statOf(`${root}/${above}`)
      if (place?.isDirectory() === true) files.push(fileOf(`${root}/${above}`, above, place, wish))
    }
  }
  collect(root, real!, path, prefix, stat!, wish, files)
  const isDirectory = wish.parents || stat!.isDirectory()
  return { name: path.split('/').at(-1)!, isDirectory, files }
}

/** @param path by which it was named: .dockerignore speaks of that */
function collect(
  root: string,
  real: string,
  path: string,
  target: string,
  stat: fs.BigIntStats,
  wish: TakeWish,
  files: TakenFile[],
): void {
  const place = real === '' ? root : `${root}/${real}`
  if (!stat.isDirectory()) {
    if (!stat.isSocket()) files.push(fileOf(place, target, stat, wish)) // a socket is no file to keep
    return
  }
  files.push(fileOf(place, target, stat, wish))
  for (const name of fs.readdirSync(place).sort()) {
    const inner = path === '' ? name : `${path}/${name}`
    const below = statOf(`${place}/${name}`)
    if (below === null) continue
    const out = isLeftOut(wish, inner)
    const mayTakeBack = wish.ignore.takesBack || wish.exclude.takesBack
    if (out && !(mayTakeBack && below.isDirectory())) continue
    const at = files.length
    collect(
      root,
      real === '' ? name : `${real}/${name}`,
      inner,
      target === '' ? name : `${target}/${name}`,
      below,
      wish,
      files,
    )
    // a directory that is left out stays when something in it was taken back
    if (out && files.length === at + 1) files.pop()
  }
}

function fileOf(place: string, path: string, stat: fs.BigIntStats, { owner, xattrs }: TakeWish): TakenFile {
  const type = typeOf(stat)
  const name = path.split('/').at(-1)!
  if (name.startsWith('.wh.')) {
    fail('InvalidArgument', { what: `file '${path}'`, why: 'in a layer this name means that another one is gone' })
  }
  return {
    entry: {
      path,
      type,
      mode: Number(stat.mode) & 0o7777,
      uid: owner?.uid ?? Number(stat.uid),
      gid: owner?.gid ?? Number(stat.gid),
      size: type === 'file' ? Number(stat.size) : 0,
      mtime: stat.mtimeNs,
      xattrs: xattrs?.(place) ?? noXattrs,
      ...(type === 'symlink' ? { target: fs.readlinkSync(place) } : {}),
      ...(type === 'char' || type === 'block' ? { device: numbersOf(stat.rdev) } : {}),
    },
    content: type === 'file' ? place : null,
  }
}

const typeOf = (stat: fs.BigIntStats) =>
  stat.isDirectory()
    ? 'directory'
    : stat.isSymbolicLink()
      ? 'symlink'
      : stat.isFIFO()
        ? 'fifo'
        : stat.isCharacterDevice()
          ? 'char'
          : stat.isBlockDevice()
            ? 'block'
            : 'file'

/** major(3), minor(3) of glibc. */
const numbersOf = (device: bigint): [number, number] => [
  Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)),
  Number((device & 0xffn) | ((device >> 12n) & ~0xffn)),
]

/** Names that match the pattern, component by component: * never means a slash. */
function matching(root: string, pattern: string, wish: TakeWish): string[] {
  let found = ['']
  for (const part of pattern.split('/')) {
    const glob = compileGlob(part)
    found = found.flatMap(directory => {
      const real = realPathIn(root, directory)
      if (real === null || statOf(`${root}/${real}`)?.isDirectory() !== true) return []
      const names = isPattern(part)
        ? fs
            .readdirSync(`${root}/${real}`)
            .filter(name => glob.test(name))
            .sort()
        : [part]
      return names.map(name => (directory === '' ? name : `${directory}/${name}`))
    })
  }
  return found.filter(path => {
    const real = realPathIn(root, path)
    return real !== null && statOf(`${root}/${real}`) !== null && !isLeftOut(wish, path)
  })
}

const maxLinks = 40

/** The path without symlinks, relative to the root; null when something of it is not there. */
export function realPathIn(root: string, path: string): string | null {
  const names: string[] = []
  const todo = path.split('/')
  for (let links = 0; todo.length > 0; ) {
    const name = todo.shift()!
    if (name === '' || name === '.') continue
    if (name === '..') {
      names.pop()
      continue
    }
    const place = `${root}/${[...names, name].join('/')}`
    const stat = statOf(place)
    if (stat === null) return null
    if (!stat.isSymbolicLink()) {
      names.push(name)
      continue
    }
    links += 1
    if (links > maxLinks) return null
    const text = fs.readlinkSync(place)
    if (text.startsWith('/')) names.splice(0)
    todo.unshift(...text.split('/'))
  }
  return names.join('/')
}

function statOf(place: string): fs.BigIntStats | null {
  try {
    return fs.lstatSync(place, { bigint: true })
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null
    throw error
  }
}

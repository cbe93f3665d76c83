/**
 * An archive into a tree, by the rules of docker cp: where it goes depends on what it is and on what is there
 * (docs.docker.com/reference/cli/docker/container/cp, "Extended description"). It is looked at inside the tree, when the first
 * entry comes, so that nobody can swap it between the look and the writing for something outside.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { errnoOf, fail } from '#core/errors'
import { readAll } from '../fd-stream.js'
import { LayerApplier } from '../layer/apply.js'
import { type Entry, noXattrs } from '../layer/entry.js'
import { quoted } from '../layer/name.js'
import { baseName } from '../layer/path.js'
import { LayerReader, type LayerSink } from '../layer/reader.js'

export interface ExtractWish {
  /** Where to: absolute, a slash at its end when it has to be a directory. */
  readonly to: string
  /**
   * The archive's one topmost name, and what that is called in a directory that is there; null: the archive's names lie in the
   * directory as they are.
   */
  readonly source: { readonly as: string; readonly name: string; readonly contents: boolean } | null
  /** Whose all of it becomes; null: owners are as the archive says. */
  readonly owner: readonly [uid: number, gid: number] | null
  /** Added to the archive's ids. */
  readonly shift?: readonly [uid: number, gid: number]
}

export function extract(wish: ExtractWish, from: number): { readonly entries: number } {
  const sink = new Placing(wish)
  const reader = new LayerReader(sink, { name: 'archive', endMarker: 'optional' })
  try {
    readAll(from, chunk => reader.push(chunk))
    reader.end()
    return { entries: sink.finish() }
  } finally {
    sink.close()
  }
}

class Placing implements LayerSink {
  readonly #wish: ExtractWish
  #applier: LayerApplier | null = null
  /** The directory that it all goes into, and what its topmost is called there. */
  #place: { readonly directory: string; readonly name: string } = { directory: '/', name: '' }
  #skips = false

  constructor(wish: ExtractWish) {
    this.#wish = wish
  }

  entry(entry: Entry): void {
    if (this.#applier === null) {
      this.#place = placeOf(this.#wish, entry.type === 'directory')
      this.#applier = new LayerApplier(this.#place.directory)
    }
    const placed = this.#placed(entry)
    this.#skips = this.#isThere(placed)
    if (!this.#skips) this.#applier.entry(placed)
  }

  data(chunk: Buffer): void {
    if (!this.#skips) this.#applier?.data(chunk)
  }

  hole(length: number): void {
    if (!this.#skips) this.#applier?.hole(length)
  }

  done(): void {
    if (!this.#skips) this.#applier?.done()
  }

  finish(): number {
    return this.#applier?.finish().entries ?? 0
  }

  close(): void {
    this.#applier?.close()
  }

  #placed(entry: Entry): Entry {
    const { owner, shift = [0, 0] } = this.#wish
    const target = entry.type === 'link' ? { target: this.#renamed(entry.target ?? '') } : {}
    const named = { ...entry, ...target, path: this.#renamed(entry.path) }
    // what marks a removal in a layer would remove something here
    if (named.path.split('/').some(name => name.startsWith('.wh.'))) {
      fail('Unsupported', { what: quoted(named.path), why: 'a name that begins with .wh. means a removal in a layer' })
    }
    if (owner === null) return { ...named, uid: entry.uid + shift[0], gid: entry.gid + shift[1] }
    // a program that was to run as its owner would become one of the new owner's
    const xattrs = [...entry.xattrs].filter(([name]) => name.startsWith('user.'))
    return {
      ...named,
      uid: owner[0],
      gid: owner[1],
      mode: entry.type === 'directory' ? entry.mode & 0o1777 : entry.mode & 0o777,
      xattrs: xattrs.length === 0 ? noXattrs : new Map(xattrs),
    }
  }

  #renamed(name: string): string {
    const { source } = this.#wish
    if (source === null) return name
    const rest = name === source.as ? '' : source.as === '' ? name : name.slice(source.as.length + 1)
    return [this.#place.name, rest].filter(part => part !== '').join('/')
  }

  /** A directory that is there stays as it is, unless owners and modes are to be as in the archive. */
  #isThere({ path: name, type }: Entry): boolean {
    const place = path.posix.join(this.#place.directory, name)
    const there = fs.lstatSync(place, { throwIfNoEntry: false })
    if (there === undefined) return false
    if (there.isDirectory() !== (type === 'directory')) {
      fail('FailedPrecondition', {
        what: quoted(place),
        why: there.isDirectory() ? 'is a directory: it is not replaced by a file' : 'is there, and no directory',
        hint: 'remove it first, or copy to another name',
      })
    }
    const { owner, source } = this.#wish
    return type === 'directory' && (owner !== null || (name === '' && source !== null))
  }
}

function placeOf({ to, source }: ExtractWish, isDirectory: boolean): { directory: string; name: string } {
  const mustBeDirectory = to.endsWith('/') || to.endsWith('/.')
  const there = statOf(to.replace(/\/+$/, '') || '/')
  if (there?.isDirectory()) {
    const keepsName = source !== null && !(isDirectory && source.contents)
    return { directory: fs.realpathSync(to), name: keepsName ? baseName(source.name) : '' }
  }
  if (source === null) {
    return fail(there === null ? 'NotFound' : 'InvalidArgument', {
      what: quoted(to),
      why: there === null ? 'there is none' : 'is not a directory',
      hint: 'an archive is unpacked into a directory that is there',
    })
  }
  if (there !== null) {
    if (isDirectory || mustBeDirectory) {
      fail('InvalidArgument', {
        what: quoted(to),
        why: 'is not a directory',
        hint: 'a file is no place for a directory',
      })
    }
    const real = fs.realpathSync(to)
    return { directory: path.posix.dirname(real), name: path.posix.basename(real) }
  }
  if (fs.lstatSync(to.replace(/\/+$/, ''), { throwIfNoEntry: false }) !== undefined) {
    fail('FailedPrecondition', { what: quoted(to), why: 'is a symlink that leads nowhere', hint: 'remove it first' })
  }
  if (mustBeDirectory && !isDirectory) {
    fail('NotFound', { what: quoted(to), why: 'there is no such directory', hint: 'make it, or leave out the slash' })
  }
  const place = path.posix.resolve('/', to)
  const parent = path.posix.dirname(place)
  if (!statOf(parent)?.isDirectory()) {
    fail('NotFound', { what: quoted(parent), why: 'there is no such directory', hint: 'make it first' })
  }
  return { directory: fs.realpathSync(parent), name: path.posix.basename(place) }
}

/** Followed; null when there is none. */
function statOf(place: string): fs.Stats | null {
  try {
    return fs.statSync(place)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null
    throw error
  }
}

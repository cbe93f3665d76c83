/**
 * Where the files of a COPY go, and with which owner and mode. Pure.
 *
 * What is in a directory goes into the target; a file goes into it when the target is a directory or ends with a slash, and else
 * takes its name. Source: docs.docker.com/reference/dockerfile "COPY", "Destination".
 */

import { fail } from '#core/errors'
import { type Entry, noXattrs } from '../layer/entry.js'
import type { TakenFile, TakenSource } from './files.js'

export interface Target {
  /** Absolute, without symlinks. */
  readonly path: string
  /** What is there in the image already. */
  readonly kind: 'directory' | 'file' | 'missing'
  /** How many of its last names are not there. */
  readonly missing: number
  /** Said with a slash at its end. */
  readonly slash: boolean
}

export interface Change {
  readonly owner: { readonly uid: number; readonly gid: number } | null
  readonly mode: number | null
  /** Nanoseconds: of directories that are made on the way. */
  readonly now: bigint
}

/** Entries of the layer, directories before what is in them. @throws MiniDockerError InvalidArgument */
export function placeFiles(sources: readonly TakenSource[], target: Target, change: Change): TakenFile[] {
  const asDirectory = target.slash || target.kind === 'directory' || sources.length > 1 || sources[0]!.isDirectory
  if (target.kind === 'file' && (target.slash || sources.length > 1 || sources[0]!.isDirectory)) {
    fail('FailedPrecondition', { what: `target '${target.path}'`, why: 'is a file in the image, and no directory' })
  }
  const placed = new Map<string, TakenFile>()
  const put = (file: TakenFile): void => {
    const { path } = file.entry
    const before = placed.get(path)
    if (before !== undefined && (before.entry.type === 'directory') !== (file.entry.type === 'directory')) {
      fail('InvalidArgument', { what: `'/${path}'`, why: 'is a file of one source, and a directory of another' })
    }
    placed.set(path, file)
  }
  const base = target.path.slice(1)
  // the target is made when it is missing; with a file of its own name, only what is above it
  const made = asDirectory ? base : base.split('/').slice(0, -1).join('/')
  const missing = asDirectory ? target.missing : target.missing - 1
  for (const path of aboveOf(made, missing)) put(directoryAt(path, change))
  for (const { name, isDirectory, files } of sources) {
    const prefix = isDirectory || !asDirectory ? base : below(base, name)
    for (const file of files) {
      const path = below(prefix, file.entry.path)
      // what is in it is copied, not the directory itself: the target keeps, or gets, a mode and an owner of its own
      if (isDirectory && file.entry.path === '') continue
      put({ ...file, entry: changed({ ...file.entry, path, ...movedLink(file.entry, prefix) }, change) })
    }
  }
  return [...placed.values()]
}

/** A hard link names a path of the layer, and moves along with it. */
const movedLink = ({ type, target }: Entry, prefix: string): { target?: string } =>
  type === 'link' && target !== undefined ? { target: below(prefix, target) } : {}

function changed(entry: Entry, { owner, mode }: Change): Entry {
  return {
    ...entry,
    ...(owner ?? {}),
    ...(mode === null || entry.type === 'symlink' ? {} : { mode }),
  }
}

/** The last `missing` directories of a path, from the top: `a/b/c`, 2 → a/b, a/b/c */
export function aboveOf(path: string, missing: number): string[] {
  const names = path.split('/').filter(name => name !== '')
  return names.flatMap((_, at) => (at >= names.length - missing ? [names.slice(0, at + 1).join('/')] : []))
}

const below = (directory: string, name: string): string =>
  directory === '' ? name : name === '' ? directory : `${directory}/${name}`

export function directoryAt(path: string, { owner, now }: Change): TakenFile {
  const { uid, gid } = owner ?? { uid: 0, gid: 0 }
  return {
    entry: { path, type: 'directory', mode: 0o755, uid, gid, size: 0, mtime: now, xattrs: noXattrs },
    content: null,
  }
}

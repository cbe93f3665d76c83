/** From a path to a place in merged: where a name is, or would be. */

import { type Errno, type Found, lookupIn, namesOf, rootOf, shown, type Union } from './tree.js'

export interface Place {
  /** Absolute, without a slash at its end; `/` for the root. */
  readonly path: string
  /** Empty for the root. */
  readonly name: string
  readonly parent: Place | null
  readonly found: Found
}

/** The place of a path whose directory is there; the last name may be missing. */
export function parentOf(union: Union, path: string): Place | Errno {
  const names = namesOf(path)
  if (names === null) return 'EINVAL'
  let place: Place = { path: '/', name: '', parent: null, found: rootOf(union) }
  for (const name of names) {
    const node = shown(place.found)
    if (node === null) return 'ENOENT'
    if (node.kind === 'symlink') return 'ELOOP'
    if (node.kind !== 'directory') return 'ENOTDIR'
    const parent = place
    place = {
      path: `${parent.path === '/' ? '' : parent.path}/${name}`,
      name,
      parent,
      found: lookupIn(parent.found, name),
    }
  }
  return place
}

/** The place of something that is there. */
export function resolve(union: Union, path: string): Place | Errno {
  const place = parentOf(union, path)
  return typeof place === 'string' || shown(place.found) !== null ? place : 'ENOENT'
}

/** The same in a union of which only upper has changed meanwhile. @throws Error when it has gone */
export function again(union: Union, { path }: Place): Place {
  const place = resolve(union, path)
  if (typeof place === 'string') throw new Error(`${path} has gone: ${place}`)
  return place
}

/**
 * What a container changed in its tree, out of what its upper directory holds: added, changed, deleted. What was made only to
 * mount something on is no change of its own. Pure but for the look at the layers below, which nobody changes.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { lookUpIn } from '../snapshot/look-up.js'
import type { Written } from '../worker/changes.js'

export type ChangeKind = 'A' | 'C' | 'D'

export interface Difference {
  readonly kind: ChangeKind
  /** Absolute. */
  readonly path: string
}

export interface Differences {
  readonly changes: readonly Difference[]
  /** Relative paths in upper that are there for a mount alone. */
  readonly mountPoints: readonly string[]
}

/**
 * @param written what upper holds, directories before what is in them
 * @param lower absolute directories, the topmost first
 * @param mounts where something was mounted, absolute
 */
export function differencesOf(
  written: readonly Written[],
  lower: readonly string[],
  mounts: readonly string[],
): Differences {
  const below = new Below(lower)
  const mountPoints = mountPointsAmong(written, below, mounts)
  const hidden = new Set(mountPoints)
  const changes: Difference[] = []
  const inUpper = new Set(written.map(({ path }) => path))
  for (const { path, kind } of written) {
    if (hidden.has(path)) continue
    const isBelow = below.has(path)
    if (kind === 'whiteout') {
      if (isBelow) changes.push({ kind: 'D', path: `/${path}` })
      continue
    }
    changes.push({ kind: isBelow ? 'C' : 'A', path: `/${path}` })
    if (kind !== 'opaque') continue
    for (const name of below.namesIn(path)) {
      const gone = `${path}/${name}`
      if (!inUpper.has(gone)) changes.push({ kind: 'D', path: `/${gone}` })
    }
  }
  return { changes: changes.sort((a, b) => (a.path < b.path ? -1 : 1)), mountPoints }
}

/** From the innermost out: what is a mount's place, or leads to one, and holds nothing else. */
function mountPointsAmong(written: readonly Written[], below: Below, mounts: readonly string[]): string[] {
  const places = new Set<string>()
  for (const mount of mounts) {
    const names = mount.split('/').filter(name => name !== '')
    names.forEach((_, i) => void places.add(names.slice(0, i + 1).join('/')))
  }
  const found = new Set<string>()
  const busy = new Set<string>()
  for (const { path, kind, mode, uid, gid } of [...written].reverse()) {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    const isEmpty = !busy.has(path)
    const ours = places.has(path) && isEmpty && (kind === 'directory' || kind === 'file')
    const there = ours ? below.statusOf(path) : null
    const same = there === null || (there.mode === mode && there.uid === uid && there.gid === gid)
    if (ours && same && (there === null || kind === 'directory')) found.add(path)
    else busy.add(parent)
  }
  return [...found].reverse()
}

/** What the layers below show at a path. */
class Below {
  readonly #lower: readonly string[]
  readonly #known = new Map<string, readonly string[] | string | null>()

  constructor(lower: readonly string[]) {
    this.#lower = lower
  }

  has(path: string): boolean {
    return this.#at(path) !== null
  }

  statusOf(path: string): { readonly mode: number; readonly uid: number; readonly gid: number } | null {
    const at = this.#at(path)
    if (at === null) return null
    const { mode, uid, gid } = fs.lstatSync(typeof at === 'string' ? at : at[0]!)
    return { mode: mode & 0o7777, uid, gid }
  }

  namesIn(path: string): string[] {
    const at = this.#at(path)
    if (at === null || typeof at === 'string') return []
    const names = new Set(at.flatMap(directory => readNames(directory)))
    return [...names].filter(name => this.has(`${path}/${name}`)).sort()
  }

  /** One file, or the directories that are merged there. */
  #at(path: string): readonly string[] | string | null {
    if (path === '') return this.#lower
    const known = this.#known.get(path)
    if (known !== undefined) return known
    const slash = path.lastIndexOf('/')
    const parent = this.#at(slash < 0 ? '' : path.slice(0, slash))
    const found = Array.isArray(parent) ? lookUpIn(parent, path.slice(slash + 1)) : null
    this.#known.set(path, found)
    return found
  }
}

function readNames(directory: string): string[] {
  try {
    return fs.readdirSync(directory)
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return []
    throw error
  }
}

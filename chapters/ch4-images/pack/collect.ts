/**
 * Makes items of paths of this machine: each with the links that lead to it and the directories above it, as they are here.
 * What is found on several ways is one item.
 */

import * as fs from 'node:fs'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { traceLinks } from '#core/rootfs/trace-links'
import { type Owner, ownedByRoot } from './entries.js'
import type { Item, Way } from './item.js'
import { inOrder } from './item.js'
import type { Excludes } from './patterns.js'

export class Collector {
  readonly #items = new Map<string, Item>()
  readonly #excluded: Excludes
  readonly #packer: Owner
  /** What was wanted and cannot be in a layer, or has gone. */
  readonly left: string[] = []

  constructor(excluded: Excludes, packer: Owner) {
    this.#excluded = excluded
    this.#packer = packer
  }

  /**
   * @param follows false: the path's last link itself is wanted, not where it leads
   * @returns the path without links, null when nothing was taken
   * @throws MiniDockerError FailedPrecondition for what cannot be read
   */
  add(path: string, way: Way, follows = true): string | null {
    const traced = pathOf(path, follows)
    if (traced === null) {
      this.left.push(`${path}: has gone`)
      return null
    }
    for (const { target, text } of traced.links) this.#link(target, text)
    if (this.#excluded(traced.real)) return null
    const stat = fs.lstatSync(traced.real, { bigint: true, throwIfNoEntry: false })
    if (stat === undefined) return null
    if (stat.isSymbolicLink()) this.#link(traced.real, fs.readlinkSync(traced.real), way)
    else if (stat.isDirectory()) this.#directory(traced.real, way)
    else if (stat.isFile()) this.#file(traced.real, stat, way)
    else {
      this.left.push(`${path}: is ${kindOf(stat)}`)
      return null
    }
    return traced.real
  }

  /** With all that is below it, on the same file system. */
  addTree(path: string, way: Way): void {
    const top = this.add(path, way)
    if (top === null) return
    const { dev } = fs.statSync(top)
    const walk = (directory: string): void => {
      for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
        const place = `${directory === '/' ? '' : directory}/${entry.name}`
        if (this.#excluded(place)) continue
        this.add(place, way, false)
        if (entry.isDirectory() && fs.lstatSync(place).dev === dev) walk(place)
      }
    }
    if (fs.statSync(top).isDirectory()) walk(top)
  }

  /** Ours, where nothing of that name was taken: a link that stands there leads on. */
  fill(items: readonly Item[]): void {
    for (const item of items) {
      const above = ancestors(item.target)
      const isBehindLink = above.some(one => this.#items.get(one)?.type === 'symlink')
      if (isBehindLink || this.#items.has(item.target) || this.#excluded(item.target)) continue
      this.#items.set(item.target, item)
    }
  }

  items(): Item[] {
    return inOrder(this.#items.values())
  }

  #file(target: string, stat: fs.BigIntStats, way: Way): void {
    if (this.#isKnown(target, way)) return
    try {
      fs.accessSync(target, fs.constants.R_OK)
    } catch (cause) {
      // it was there, and the program could not read it either
      if (way === 'trace') {
        this.left.push(`${target}: cannot be read`)
        return
      }
      fail('FailedPrecondition', {
        what: `file '${target}'`,
        why: errnoOf(cause) ?? String(cause),
        hint: `--exclude ${target}, or as who may read it`,
        cause,
      })
    }
    this.#parents(target)
    const meta = this.#meta(stat)
    this.#items.set(target, { target, type: 'file', way, ...meta, size: Number(stat.size), content: { file: target } })
  }

  #directory(target: string, way: Way): void {
    if (this.#isKnown(target, way)) return
    this.#parents(target)
    const stat = fs.lstatSync(target, { bigint: true })
    this.#items.set(target, { target, type: 'directory', way, ...this.#meta(stat), size: 0 })
  }

  #link(target: string, text: string, way: Way = 'path'): void {
    if (this.#excluded(target) || this.#isKnown(target, way)) return
    this.#parents(target)
    const stat = fs.lstatSync(target, { bigint: true })
    this.#items.set(target, { target, type: 'symlink', way, ...this.#meta(stat), size: 0, text })
  }

  #parents(target: string): void {
    if (target === '/') return
    this.#directory(target.slice(0, target.lastIndexOf('/')) || '/', 'path')
  }

  #meta(stat: fs.BigIntStats): Pick<Item, 'mode' | 'uid' | 'gid' | 'mtime'> {
    const owner = ownedByRoot({ uid: Number(stat.uid), gid: Number(stat.gid) }, this.#packer)
    return { mode: Number(stat.mode) & 0o7777, mtime: stat.mtimeNs, ...owner }
  }

  /** The first way counts, but for what was only on the way to something else. */
  #isKnown(target: string, way: Way): boolean {
    const known = this.#items.get(target)
    if (known === undefined) return false
    if (known.way === 'path' && way !== 'path') this.#items.set(target, { ...known, way })
    return true
  }
}

const ancestors = (path: string): string[] => {
  const all: string[] = []
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) all.push(path.slice(0, end))
  return all
}

/** Null for what is not there (any more), or is behind a loop of links. */
function pathOf(path: string, follows: boolean): ReturnType<typeof traceLinks> | null {
  const cut = path.replace(/\/+$/, '')
  const at = cut.lastIndexOf('/')
  const name = cut.slice(at + 1)
  // `x/..` and `x/.` have no link at their end
  const whole = follows || cut === '' || name === '.' || name === '..' || path.endsWith('/')
  try {
    if (whole) return traceLinks(path)
    const above = traceLinks(cut.slice(0, at) || '/')
    return { links: above.links, real: `${above.real === '/' ? '' : above.real}/${name}` }
  } catch (error) {
    if (error instanceof MiniDockerError && error.class === 'NotFound') return null
    throw error
  }
}

function kindOf(stat: fs.BigIntStats): string {
  if (stat.isSocket()) return 'a socket'
  if (stat.isFIFO()) return 'a FIFO'
  return 'a device'
}

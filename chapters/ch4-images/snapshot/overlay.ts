/**
 * The overlay snapshotter: a snapshot is a directory of what differs from its parent, and the kernel's overlayfs puts the
 * stack together when it is mounted. Source: Documentation/filesystems/overlayfs.rst.
 */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import { overlayOptions } from './overlay-options.js'
import { Records, type SnapshotRecord } from './records.js'
import { removeTree } from './remove-tree.js'
import type { RootMount, SnapshotInfo, SnapshotKind, Snapshotter, Usage } from './snapshotter.js'
import { syncTree } from './sync-tree.js'
import { usageOf } from './usage.js'

export interface OverlayOptions {
  /** `<data>/snapshots/overlay` */
  readonly root: string
  /** Runs under the lock of the store. */
  readonly locked: <T>(action: () => T) => T
  /** In a user namespace: marks are `user.overlay.*` there. */
  readonly rootless: boolean
}

export class OverlaySnapshotter implements Snapshotter {
  readonly name = 'overlay'
  readonly #records: Records
  readonly #options: OverlayOptions

  constructor(options: OverlayOptions) {
    this.#options = options
    this.#records = new Records(options.root)
  }

  prepare(key: string, parent: string | null): RootMount {
    return this.#create(key, parent, 'active')
  }

  view(key: string, parent: string): RootMount {
    return this.#create(key, parent, 'view')
  }

  mounts(key: string): RootMount {
    const record = this.#records.get(key)
    if (record.kind === 'committed') {
      fail('FailedPrecondition', { what: `snapshot '${key}'`, why: 'is committed: a view of it can be mounted' })
    }
    const lower = this.#chain(record.parent).map(directory => `${directory}/fs`)
    const { root, rootless } = this.#options
    return overlayOptions({ root, lower, own: record.kind === 'active' ? record.directory : null, rootless })
  }

  upperOf(key: string): string {
    return `${this.#options.root}/${this.#records.get(key).directory}/fs`
  }

  commit(name: string, key: string): void {
    syncTree(this.upperOf(key))
    this.#options.locked(() => {
      const record = this.#records.get(key)
      if (record.kind !== 'active') {
        fail('FailedPrecondition', {
          what: `snapshot '${key}'`,
          why: `is ${record.kind}, only an active one is committed`,
        })
      }
      if (this.#records.find(name) !== null) alreadyThere(name)
      this.#records.put({ ...record, key: name, kind: 'committed' })
      this.#records.drop(key)
    })
  }

  remove(key: string): void {
    const record = this.#options.locked(() => {
      const record = this.#records.get(key)
      const child = this.#records.list().find(({ parent }) => parent === key)
      if (child !== undefined) {
        fail('FailedPrecondition', { what: `snapshot '${key}'`, why: `'${child.key}' is built on it` })
      }
      this.#records.drop(key) // from here on nobody finds it: the files may take their time
      return record
    })
    removeTree(`${this.#options.root}/${record.directory}`)
  }

  stat(key: string): SnapshotInfo | null {
    return this.#records.find(key)
  }

  list(): readonly SnapshotInfo[] {
    return this.#records.list()
  }

  usage(key: string): Usage {
    return usageOf(this.upperOf(key))
  }

  /** Removes what belongs to nobody. Under the lock. */
  sweep(): void {
    for (const directory of this.#records.strays()) removeTree(`${this.#options.root}/${directory}`)
  }

  #create(key: string, parent: string | null, kind: SnapshotKind): RootMount {
    this.#options.locked(() => {
      if (this.#records.find(key) !== null) alreadyThere(key)
      if (parent !== null && this.#records.get(parent).kind !== 'committed') {
        fail('FailedPrecondition', { what: `snapshot '${parent}'`, why: 'is not committed: it cannot be a parent' })
      }
      const directory = this.#records.newDirectory()
      const place = `${this.#options.root}/${directory}`
      fs.mkdirSync(`${place}/fs`, { mode: 0o755 })
      // the root of a merged tree has the mode and owner of the upper one: those of the image's root, then
      const below = this.#chain(parent)[0]
      if (below !== undefined) copyOwner(`${this.#options.root}/${below}/fs`, `${place}/fs`)
      if (kind === 'active') fs.mkdirSync(`${place}/work`, { mode: 0o700 })
      const record: SnapshotRecord = { version: 1, key, kind, parent, created: Date.now(), directory }
      this.#records.put(record)
    })
    return this.mounts(key)
  }

  /** The directories of a committed one and of all below it, the topmost first. */
  #chain(name: string | null): string[] {
    const directories: string[] = []
    for (let next = name; next !== null; ) {
      const { directory, parent } = this.#records.get(next)
      directories.push(directory)
      next = parent
    }
    return directories
  }
}

function copyOwner(from: string, to: string): void {
  const { mode, uid, gid } = fs.statSync(from)
  fs.chmodSync(to, mode & 0o7777)
  try {
    fs.chownSync(to, uid, gid)
  } catch {
    // an ordinary user's: the worker that unpacks gives it the owner that the layer names
  }
}

const alreadyThere = (key: string): never =>
  fail('AlreadyExists', { what: `snapshot '${key}'`, why: 'is there already' })

/**
 * What the snapshotters share: a snapshot is a directory and a record, and the life of one is the same whatever is in the
 * directory. What differs, what a new one begins with and how it is mounted, they say themselves.
 */

import * as fs from 'node:fs'
import { fail, MiniDockerError } from '#core/errors'
import { commitSteps } from '../parts-in-use.js'
import type { Trash } from '../store/trash.js'
import { performCommit } from './commit.js'
import { Records, type SnapshotRecord } from './records.js'
import type { RootMount, SnapshotInfo, SnapshotKind, Snapshotter, Usage } from './snapshotter.js'
import { usageOf } from './usage.js'

export interface SnapshotterOptions {
  /** `<data>/snapshots/<name>` */
  readonly root: string
  /** Runs under the lock of the store. */
  readonly locked: <T>(action: () => T) => T
  /** Where removed ones go first: on the same file system. */
  readonly trash: Trash
  /** In a user namespace: marks are `user.overlay.*` there. */
  readonly rootless: boolean
}

export abstract class DirectorySnapshotter implements Snapshotter {
  abstract readonly name: string
  protected readonly records: Records
  protected readonly options: SnapshotterOptions

  constructor(options: SnapshotterOptions) {
    this.options = options
    this.records = new Records(options.root)
  }

  /** What is in its directory before anybody writes there. @param below the topmost of the parents */
  protected abstract fill(record: SnapshotRecord, below: SnapshotRecord | null): void
  protected abstract mountOf(record: SnapshotRecord): RootMount

  prepare(key: string, parent: string | null): RootMount {
    return this.#create(key, parent, 'active')
  }

  view(key: string, parent: string): RootMount {
    return this.#create(key, parent, 'view')
  }

  mounts(key: string): RootMount {
    const record = this.records.get(key)
    if (record.kind === 'committed') {
      fail('FailedPrecondition', { what: `snapshot '${key}'`, why: 'is committed: a view of it can be mounted' })
    }
    return this.mountOf(record)
  }

  upperOf(key: string): string {
    return `${this.options.root}/${this.records.get(key).directory}/fs`
  }

  commit(name: string, key: string): void {
    const active = (): SnapshotRecord => {
      const record = this.records.get(key)
      if (record.kind === 'active') return record
      return fail('FailedPrecondition', {
        what: `snapshot '${key}'`,
        why: `is ${record.kind}, only an active one is committed`,
      })
    }
    const record = active()
    if (this.records.find(name) !== null) alreadyThere(name) // settled under the lock; this says so before the long part
    const temporary = `records/.commit-${record.directory}.${process.pid}`
    performCommit(commitSteps({ record, name, temporary }), {
      root: this.options.root,
      locked: this.options.locked,
      isRecord: file => this.records.isRecord(file),
      recheck: active,
    })
  }

  remove(key: string, { neverCommitted } = { neverCommitted: false }): void {
    const place = this.options.locked(() => {
      const record = this.records.get(key)
      const all = neverCommitted && record.kind !== 'committed' ? [record] : this.records.list()
      const child = all.find(({ parent }) => parent === key)
      if (child !== undefined) {
        fail('FailedPrecondition', { what: `snapshot '${key}'`, why: `'${child.key}' is built on it` })
      }
      return this.#discard([record], all)
    })
    for (const thrown of place) this.options.trash.remove(thrown) // without the lock: files may take their time
  }

  stat(key: string): SnapshotInfo | null {
    return this.records.find(key)
  }

  list(): readonly SnapshotInfo[] {
    return this.records.list()
  }

  isWhole(key: string): boolean {
    const record = this.records.find(key)
    return record === null || fs.existsSync(`${this.options.root}/${record.directory}/fs`)
  }

  usage(key: string): Usage {
    const record = this.records.get(key)
    if (record.usage !== undefined) return record.usage
    const usage = usageOf(`${this.options.root}/${record.directory}/fs`)
    this.noteUsage(key, usage)
    return usage
  }

  /** What is committed does not change any more: it is counted once. */
  noteUsage(key: string, usage: Usage): void {
    try {
      this.options.locked(() => {
        const record = this.records.find(key)
        if (record?.kind === 'committed') this.records.put({ ...record, usage })
      })
    } catch (error) {
      // where nothing can be written it is counted again the next time
      if (!(error instanceof MiniDockerError) || error.cause === undefined) throw error
    }
  }

  discard(keys: ReadonlySet<string>): readonly string[] {
    const all = this.records.list()
    return this.#discard(
      all.filter(({ key }) => keys.has(key)),
      all,
    )
  }

  sweep(): readonly string[] {
    const { root, trash } = this.options
    return this.records.strays().flatMap(directory => trash.put(`${root}/${directory}`) ?? [])
  }

  /** Records first, the topmost before what it is built on: at no moment is there one whose parent or files are gone. */
  #discard(records: readonly SnapshotRecord[], all: readonly SnapshotRecord[]): string[] {
    const { root, trash } = this.options
    for (const { key } of topmostFirst(records)) this.records.drop(key)
    const dropped = new Set(records.map(({ key }) => key))
    // a commit that was killed at its last step leaves two records of one directory
    const used = new Set(all.filter(({ key }) => !dropped.has(key)).map(({ directory }) => directory))
    const unused = new Set(records.map(({ directory }) => directory).filter(directory => !used.has(directory)))
    return [...unused].flatMap(directory => trash.put(`${root}/${directory}`) ?? [])
  }

  #create(key: string, parent: string | null, kind: SnapshotKind): RootMount {
    const made = this.options.locked(() => {
      if (this.records.find(key) !== null) alreadyThere(key)
      const below = parent === null ? null : this.records.get(parent)
      if (below !== null && below.kind !== 'committed') {
        fail('FailedPrecondition', { what: `snapshot '${parent}'`, why: 'is not committed: it cannot be a parent' })
      }
      const directory = this.records.newDirectory()
      fs.mkdirSync(`${this.options.root}/${directory}/fs`, { mode: 0o755 })
      const stack = below === null ? [] : [...below.below, below.directory]
      const record: SnapshotRecord = { version: 1, key, kind, parent, created: Date.now(), directory, below: stack }
      this.records.put(record)
      return { record, below }
    })
    try {
      this.fill(made.record, made.below)
      return this.mountOf(made.record)
    } catch (error) {
      this.remove(key)
      throw error
    }
  }
}

/** Children before parents. */
function topmostFirst(records: readonly SnapshotRecord[]): SnapshotRecord[] {
  const byKey = new Map(records.map(record => [record.key, record]))
  const depthOf = ({ parent }: SnapshotRecord): number => {
    let depth = 0
    for (let next = parent; next !== null && byKey.has(next); next = byKey.get(next)!.parent) depth++
    return depth
  }
  const depths = new Map(records.map(record => [record, depthOf(record)]))
  return [...records].sort((a, b) => depths.get(b)! - depths.get(a)!)
}

/** The root of a merged tree has the mode and owner of the upper one: those of the image's root, then. */
export function copyOwner(from: string, to: string): void {
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

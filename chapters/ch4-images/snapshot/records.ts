/**
 * The records of a snapshotter: `<root>/records/<key>.json`, one small file a snapshot, and `<root>/<n>/` where its files lie.
 * All change under the store's lock. A directory without a record belongs to nobody: its maker was killed before it entered
 * it, or its remover after it had taken the record away; `sweep` removes such.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { writeDurably } from '../store/durable.js'
import type { SnapshotInfo } from './snapshotter.js'

export interface SnapshotRecord extends SnapshotInfo {
  readonly version: 1
  /** Its directory's name below the root: a small number, so that many fit into one page of mount options. */
  readonly directory: string
}

const keyRule = /^[a-zA-Z0-9][a-zA-Z0-9_.:-]{0,199}$/

export class Records {
  readonly root: string

  constructor(root: string) {
    this.root = root
    fs.mkdirSync(`${root}/records`, { recursive: true, mode: 0o755 })
  }

  find(key: string): SnapshotRecord | null {
    try {
      return JSON.parse(fs.readFileSync(this.#fileOf(key), 'utf8')) as SnapshotRecord
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null
      throw error
    }
  }

  get(key: string): SnapshotRecord {
    return (
      this.find(key) ??
      fail('NotFound', { what: `snapshot '${key}'`, why: 'is not here', hint: 'mini-docker ch4 prune tidies up' })
    )
  }

  list(): SnapshotRecord[] {
    const names = fs.readdirSync(`${this.root}/records`).filter(name => !name.startsWith('.'))
    return names.map(name => JSON.parse(fs.readFileSync(`${this.root}/records/${name}`, 'utf8')) as SnapshotRecord)
  }

  put(record: SnapshotRecord): void {
    writeDurably(this.#fileOf(record.key), JSON.stringify(record))
  }

  drop(key: string): void {
    fs.rmSync(this.#fileOf(key), { force: true })
  }

  /** An empty directory that nobody has: its name. mkdir(2) settles it between two who ask at once. */
  newDirectory(): string {
    const taken = fs.readdirSync(this.root).map(Number).filter(Number.isInteger)
    for (let number = Math.max(0, ...taken) + 1; ; number++) {
      try {
        fs.mkdirSync(`${this.root}/${number}`, { mode: 0o711 })
        return String(number)
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error
      }
    }
  }

  /** Directories without a record. Under the lock. */
  strays(): string[] {
    const known = new Set(this.list().map(({ directory }) => directory))
    return fs.readdirSync(this.root).filter(name => /^\d+$/.test(name) && !known.has(name))
  }

  #fileOf(key: string): string {
    if (keyRule.test(key)) return `${this.root}/records/${key.replaceAll(':', '=')}.json`
    return fail('InvalidArgument', { what: `snapshot key '${key}'`, why: 'is none' })
  }
}

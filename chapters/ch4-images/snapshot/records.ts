/**
 * The records of a snapshotter: `<root>/records/<key>.json`, one small file a snapshot, and `<root>/<n>/` where its files lie.
 * All change under the store's lock. A directory without a record belongs to nobody: its maker was killed before it entered
 * it, or its remover after it had taken the record away; `sweep` removes such.
 *
 * The record of a committed one is on the disk when it is entered. That of an active one is not waited for: what a power cut
 * may take of it, it took of its content as well.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { removeFile, writeAtomically } from '#core/exec/files'
import { sweepTemporaries, writeDurably } from '../store/durable.js'
import { onDisk } from '../store/store-error.js'
import { recordFile } from './record-file.js'
import type { SnapshotInfo, Usage } from './snapshotter.js'

export interface SnapshotRecord extends SnapshotInfo {
  readonly version: 1
  /** Its directory's name below the root: a small number, so that many fit into one page of mount options. */
  readonly directory: string
  /**
   * Those of all that it is built on, the lowest first. They stay as long as it does, so they are written down once: who mounts
   * a hundred layers reads one record.
   */
  readonly below: readonly string[]
  /** Of a committed one, once somebody asked. */
  readonly usage?: Usage
}

const keyRule = /^[a-zA-Z0-9][a-zA-Z0-9_.:-]{0,199}$/

export class Records {
  readonly root: string

  constructor(root: string) {
    this.root = root
    onDisk(root, () => fs.mkdirSync(`${root}/records`, { recursive: true, mode: 0o755 }))
  }

  /** A record that is cut short is none: it was an active one's before a power cut. */
  find(key: string): SnapshotRecord | null {
    return this.#read(this.#fileOf(key))
  }

  get(key: string): SnapshotRecord {
    return (
      this.find(key) ??
      fail('NotFound', { what: `snapshot '${key}'`, why: 'is not here', hint: 'mini-docker ch4 prune tidies up' })
    )
  }

  /** @param file one of its own, whole path */
  isRecord(file: string): boolean {
    return this.#read(file) !== null
  }

  list(): SnapshotRecord[] {
    return this.#names().flatMap(name => this.#read(`${this.root}/records/${name}`) ?? [])
  }

  put(record: SnapshotRecord): void {
    const text = JSON.stringify(record)
    const file = this.#fileOf(record.key)
    if (record.kind === 'committed') writeDurably(file, text)
    else onDisk(file, () => writeAtomically(file, text, 0o644))
  }

  drop(key: string): void {
    onDisk(this.root, () => removeFile(this.#fileOf(key)))
  }

  /** An empty directory that nobody has: its name. mkdir(2) settles it between two who ask at once. */
  newDirectory(): string {
    const taken = fs.readdirSync(this.root).map(Number).filter(Number.isInteger)
    for (let number = Math.max(0, ...taken) + 1; ; number++) {
      try {
        onDisk(this.root, () => fs.mkdirSync(`${this.root}/${number}`, { mode: 0o711 }))
        return String(number)
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error
      }
    }
  }

  /** Directories without a record; records that say nothing, and their temporary files, go. Under the lock. */
  strays(): string[] {
    sweepTemporaries(`${this.root}/records`)
    const known = new Set<string>()
    for (const name of this.#names()) {
      const file = `${this.root}/records/${name}`
      const record = this.#read(file)
      if (record === null) fs.rmSync(file, { force: true })
      else known.add(record.directory)
    }
    return fs.readdirSync(this.root).filter(name => /^\d+$/.test(name) && !known.has(name))
  }

  #names(): string[] {
    return fs.readdirSync(`${this.root}/records`).filter(name => !name.startsWith('.'))
  }

  #read(file: string): SnapshotRecord | null {
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8')) as SnapshotRecord
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return null
      throw error
    }
  }

  #fileOf(key: string): string {
    if (keyRule.test(key)) return `${this.root}/${recordFile(key)}`
    return fail('InvalidArgument', { what: `snapshot key '${key}'`, why: 'is none' })
  }
}

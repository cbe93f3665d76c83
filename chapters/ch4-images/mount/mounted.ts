/**
 * Images and containers that are mounted on the host: `<data>/mounts/<id>.json` says what is where, so that `umount` and
 * `prune` know. The record is there before the mount, and a mount that is gone (a reboot, an umount(8)) takes it along.
 */

import * as fs from 'node:fs'
import { writeAtomically } from '#core/exec/files'
import type { Images } from '../images.js'

export interface Mounted {
  readonly version: 1
  readonly id: string
  /** Absolute, without symlinks. */
  readonly at: string
  /** As it was asked for. */
  readonly what: string
  /** Key of the snapshot. */
  readonly snapshot: string
  /** Whether the snapshot is for this mount alone, and goes with it. */
  readonly own: boolean
  readonly writable: boolean
  /** Who mounts it: until it says that it has, a missing mount means nothing. */
  readonly pending: number | null
}

export class Mounts {
  readonly #images: Images
  readonly #directory: string

  constructor(images: Images) {
    this.#images = images
    this.#directory = `${images.data}/mounts`
  }

  list(): Mounted[] {
    const names = fs.existsSync(this.#directory) ? fs.readdirSync(this.#directory) : []
    return names.filter(name => /^[^.].*\.json$/.test(name)).flatMap(name => this.#read(name) ?? [])
  }

  put(mounted: Mounted): void {
    fs.mkdirSync(this.#directory, { recursive: true, mode: 0o755 })
    writeAtomically(`${this.#directory}/${mounted.id}.json`, JSON.stringify(mounted))
  }

  /** Forgets it, with the snapshot that was made for it. Idempotent. */
  forget({ id, snapshot, own }: Mounted): void {
    fs.rmSync(`${this.#directory}/${id}.json`, { force: true })
    const { snapshotter } = this.#images
    if (own && snapshotter.stat(snapshot) !== null) snapshotter.remove(snapshot)
  }

  /** Forgets those that are not there any more. @returns those that are: `prune` keeps their snapshots */
  settle(): Mounted[] {
    const places = new Set(mountPoints())
    return this.list().filter(mounted => {
      if (places.has(mounted.at)) return true
      if (mounted.pending !== null && fs.existsSync(`/proc/${mounted.pending}`)) return true
      this.forget(mounted)
      return false
    })
  }

  #read(name: string): Mounted | null {
    try {
      return JSON.parse(fs.readFileSync(`${this.#directory}/${name}`, 'utf8')) as Mounted
    } catch {
      return null // removed meanwhile
    }
  }
}

/** proc_pid_mountinfo(5): spaces and the like are written in octal. */
export const mountPoints = (): string[] =>
  fs
    .readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line =>
      line
        .split(' ')[4]!
        .replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
    )

/**
 * Containers that outlive their process: `<data>/containers/<id>.json`. What one wrote stays in its snapshot until it is
 * removed, so that it can be looked at, copied from and committed. While it runs, ch2's state record says so (`core/exec/state`).
 *
 * A record is written in one rename, but not synced: what the container itself writes is not, either, and a start would wait
 * for the disk. One that a power cut left empty counts as none, and `prune` takes its snapshot.
 */

import * as fs from 'node:fs'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { removeFile, writeAtomically } from '#core/exec/files'
import { checkName } from '#core/exec/state'
import type { Digest } from '#core/spec/digest'
import type { ContainerConfig } from '#core/spec/image'
import { type Identity, isAlive } from '#core/sys/identity'
import type { Images } from '../images.js'
import type { UsedVolume } from './volumes.js'

export interface StoredContainer {
  readonly version: 1
  /** 12 hexadecimal digits; its key among the states of ch2, too. */
  readonly id: string
  readonly name: string
  /** As it was asked for. */
  readonly image: string
  /** Digest of the manifest: keeps the image from being pruned. */
  readonly manifest: Digest
  /** Key of its snapshot. */
  readonly snapshot: string
  /** Milliseconds since 1970. */
  readonly created: number
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** What it runs with: of the image, and of the flags. `commit` begins with it. */
  readonly config: ContainerConfig
  readonly volumes: readonly UsedVolume[]
  /** Where something is mounted inside: what was made only for that is no part of what it wrote. */
  readonly mounts: readonly string[]
  /** Who started it, and will say how it ended. */
  readonly owner: Identity
  /** Who made it stand still for a moment, and will let it go on. */
  readonly frozenBy?: Identity | null
  /** null until it has ended. */
  readonly exit: { readonly code: number; readonly at: number } | null
  /** Removed as soon as it ends: by whoever comes next, if its creator was killed. */
  readonly autoRemove: boolean
}

/** Runs, or is about to. */
export const isLive = ({ exit, owner }: StoredContainer): boolean => exit === null && isAlive(owner)

export class Containers {
  readonly #images: Images
  readonly #directory: string

  constructor(images: Images) {
    this.#images = images
    this.#directory = `${images.data}/containers`
    fs.mkdirSync(this.#directory, { recursive: true, mode: 0o755 })
  }

  /** The oldest first. */
  list(): StoredContainer[] {
    const ids = fs.readdirSync(this.#directory).flatMap(name => /^([^.].*)\.json$/.exec(name)?.[1] ?? [])
    const all = ids.flatMap(id => this.read(id) ?? [])
    return all.sort((a, b) => a.created - b.created)
  }

  read(id: string): StoredContainer | null {
    try {
      return JSON.parse(fs.readFileSync(this.#fileOf(id), 'utf8')) as StoredContainer
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return null
      throw error
    }
  }

  /** By name, or by ID or the beginning of one. @throws MiniDockerError NotFound, InvalidArgument: more than one begins so */
  find(who: string): StoredContainer {
    const all = this.list()
    const exact = all.find(({ name, id }) => name === who || id === who)
    if (exact !== undefined) return exact
    const found = /^[0-9a-f]+$/.test(who) ? all.filter(({ id }) => id.startsWith(who)) : []
    if (found.length === 1) return found[0]!
    return fail(found.length === 0 ? 'NotFound' : 'InvalidArgument', {
      what: `container '${who}'`,
      why: found.length === 0 ? 'there is none' : `could be ${found.map(({ id }) => id).join(' or ')}`,
      hint: 'mini-docker ch4 ps -a lists them',
    })
  }

  /** @throws MiniDockerError AlreadyExists when the name is another's */
  create(container: StoredContainer): void {
    checkName(container.name)
    this.#images.store.locked(() => {
      const taken = this.list().find(({ name, id }) => name === container.name || id === container.name)
      if (taken !== undefined) {
        fail('AlreadyExists', {
          what: `container '${container.name}'`,
          why: 'is there already',
          hint: `choose another --name, or mini-docker ch4 rm ${taken.name}`,
        })
      }
      this.#put(container)
    })
  }

  /** What is said of one that was removed meanwhile is not said of anyone. */
  update(id: string, changes: Partial<StoredContainer>): void {
    this.#images.store.locked(() => {
      const now = this.read(id)
      if (now !== null) this.#put({ ...now, ...changes })
    })
  }

  /** Forgets it, and then what it wrote goes: who is killed in between leaves a snapshot of nobody's to `prune`. Idempotent. */
  async remove({ id, snapshot }: StoredContainer): Promise<void> {
    removeFile(this.#fileOf(id))
    const { snapshotter } = this.#images
    try {
      snapshotter.remove(snapshot, { neverCommitted: true }) // `commit` makes a layer of what was written, beside it
    } catch (error) {
      if (error instanceof MiniDockerError && error.class === 'NotFound') return // its own process was faster
      throw error
    }
    // its files belong to subordinate IDs of an ordinary user, and stayed in the trash
    if (process.geteuid?.() !== 0) await (await import('../store/empty-trash.js')).emptyTrash(this.#images)
  }

  #put(container: StoredContainer): void {
    writeAtomically(this.#fileOf(container.id), JSON.stringify(container))
  }

  #fileOf(id: string): string {
    return `${this.#directory}/${id}.json`
  }
}

/**
 * Containers that outlive their process: `<data>/containers/<id>.json`. What one wrote stays in its snapshot until it is
 * removed, so that it can be looked at, copied from and committed. While it runs, ch2's state record says so (`core/exec/state`).
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { checkName } from '#core/exec/state'
import type { Digest } from '#core/spec/digest'
import type { ContainerConfig } from '#core/spec/image'
import type { Images } from '../images.js'
import { writeDurably } from '../store/durable.js'

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
  readonly command: readonly string[]
  /** What it runs with: of the image, and of the flags. `commit` begins with it. */
  readonly config: ContainerConfig
  /** Where volumes and the like are mounted: no part of what it wrote. */
  readonly mounts: readonly string[]
  /** null until it has ended. */
  readonly exit: { readonly code: number; readonly at: number } | null
  /** Removed as soon as it ends: by whoever comes next, if its creator was killed. */
  readonly autoRemove: boolean
}

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
    const names = fs.readdirSync(this.#directory).filter(name => /^[^.].*\.json$/.test(name))
    const all = names.flatMap(name => readContainer(`${this.#directory}/${name}`) ?? [])
    return all.sort((a, b) => a.created - b.created)
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
      this.put(container)
    })
  }

  put(container: StoredContainer): void {
    writeDurably(this.#fileOf(container.id), JSON.stringify(container))
  }

  /** Forgets it; what it wrote goes with it. Idempotent. */
  remove({ id, snapshot }: StoredContainer): void {
    fs.rmSync(this.#fileOf(id), { force: true })
    if (this.#images.snapshotter.stat(snapshot) !== null) this.#images.snapshotter.remove(snapshot)
  }

  #fileOf(id: string): string {
    return `${this.#directory}/${id}.json`
  }
}

function readContainer(file: string): StoredContainer | null {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as StoredContainer
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null // removed meanwhile
    throw error
  }
}

/**
 * Volumes: directories that outlive containers, `<data>/volumes/<name>/_data`, as Docker has them. One that is used for the
 * first time is filled with what the image has at that place (docs.docker.com/engine/storage/volumes, "Populate a volume").
 */

import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { lockExclusive } from '#core/sys/libc'
import type { Images } from '../images.js'
import type { Containers } from './containers.js'

/** Of a container: which one is where. */
export interface UsedVolume {
  readonly name: string
  /** Named by nobody: it goes with its container. */
  readonly anonymous: boolean
  readonly destination: string
  readonly readonly: boolean
}

export interface Volume {
  readonly name: string
  readonly anonymous: boolean
  /** Milliseconds since 1970. */
  readonly created: number
}

const nameRule = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/

/** @throws MiniDockerError InvalidArgument */
export function checkVolumeName(name: string): string {
  if (nameRule.test(name)) return name
  return fail('InvalidArgument', {
    what: `volume '${name}'`,
    why: 'is neither an absolute path nor a name',
    hint: 'letters, digits, "_", "." and "-", a letter or digit first; a directory of the host from the root on: "$PWD/…"',
  })
}

/** For one that nobody gave a name. */
export const newVolumeName = (): string => randomBytes(32).toString('hex')

const newNameRule = /^[0-9a-f]{64}$/

export class Volumes {
  readonly #images: Images
  readonly #directory: string

  constructor(images: Images) {
    this.#images = images
    this.#directory = `${images.data}/volumes`
  }

  /** What is mounted. */
  dataOf(name: string): string {
    return `${this.#directory}/${name}/_data`
  }

  has(name: string): boolean {
    return fs.existsSync(this.dataOf(name))
  }

  /** Also those that nobody gave a name and whose maker was killed before it wrote a record: nobody else would ever find them. */
  list(): Volume[] {
    const names = fs.existsSync(this.#directory) ? fs.readdirSync(this.#directory) : []
    const halfMade = (name: string): Volume[] =>
      newNameRule.test(name) ? [{ name, anonymous: true, created: Date.now() }] : []
    return names.flatMap(name => this.#read(name) ?? halfMade(name))
  }

  /** Makes it if it is not there. @param owner of the new directory: root of the container, as the host sees it */
  ensure(name: string, anonymous: boolean, owner: readonly [uid: number, gid: number] | null): void {
    const place = `${this.#directory}/${name}`
    fs.mkdirSync(place, { recursive: true, mode: 0o711 })
    if (this.has(name)) return
    const record: Volume = { name, anonymous, created: Date.now() }
    fs.writeFileSync(`${place}/volume.json`, JSON.stringify(record))
    fs.writeFileSync(`${place}/filling`, '') // until somebody has filled it, or found nothing to fill it with
    try {
      fs.mkdirSync(this.dataOf(name), { mode: 0o755 })
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return // somebody else made it meanwhile
      throw error
    }
    if (owner !== null) fs.chownSync(this.dataOf(name), ...owner)
  }

  /**
   * Has it filled if it never was. One at a time: who comes second waits until it is full; what one left half done who was
   * killed meanwhile is begun anew.
   */
  async fill(name: string, action: (data: string) => Promise<void>): Promise<void> {
    const mark = `${this.#directory}/${name}/filling`
    if (!fs.existsSync(mark)) return
    const lock = fs.openSync(mark, 'r')
    try {
      lockExclusive(lock)
      if (!fs.existsSync(mark)) return
      const data = this.dataOf(name)
      for (const entry of fs.readdirSync(data)) fs.rmSync(`${data}/${entry}`, { recursive: true, force: true })
      await action(data)
      fs.rmSync(mark, { force: true })
    } finally {
      fs.closeSync(lock)
    }
  }

  /** @throws MiniDockerError NotFound, FailedPrecondition while a container has it */
  async remove(name: string, containers: Containers): Promise<void> {
    if (!nameRule.test(name) || !this.has(name)) fail('NotFound', { what: `volume '${name}'`, why: 'there is none' })
    const user = containers.list().find(({ volumes }) => volumes.some(volume => volume.name === name))
    if (user !== undefined) {
      fail('FailedPrecondition', {
        what: `volume '${name}'`,
        why: `container '${user.name}' uses it`,
        hint: `mini-docker ch4 rm ${user.name}`,
      })
    }
    await this.#drop(name)
  }

  /** Those that nobody gave a name: they go with their container. Idempotent. */
  async removeAnonymous(used: readonly UsedVolume[]): Promise<void> {
    for (const { name, anonymous } of used) if (anonymous) await this.#drop(name)
  }

  /** Gone from one moment to the next: who is killed while files are removed leaves no half of a volume. */
  async #drop(name: string): Promise<void> {
    const { trash } = this.#images
    const place = trash.put(`${this.#directory}/${name}`)
    if (place === null || trash.remove(place)) return
    await (await import('../store/empty-trash.js')).emptyTrash(this.#images) // it holds files of the container's other users
  }

  #read(name: string): Volume | null {
    try {
      return JSON.parse(fs.readFileSync(`${this.#directory}/${name}/volume.json`, 'utf8')) as Volume
    } catch {
      return null // it is being made or removed
    }
  }
}

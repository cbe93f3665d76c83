/**
 * Names of images, in the layout's index.json: an entry is a descriptor with the name as its annotation. An image whose name
 * went to another keeps an entry without one, until it is removed: Docker's <none>. Source: image-layout.md "index.json".
 */

import * as fs from 'node:fs'
import { fail, MiniDockerError } from '#core/errors'
import { annotations, type Descriptor, type Index } from '#core/spec/image'
import type { ContentStore } from './content.js'
import { writeDurably } from './durable.js'

const { refName } = annotations

export const nameOf = (descriptor: Descriptor): string | null => descriptor.annotations?.[refName] ?? null

export class Names {
  readonly #store: ContentStore
  readonly #file: string

  constructor(store: ContentStore) {
    this.#store = store
    this.#file = `${store.root}/index.json`
  }

  /** All entries, in the order in which they came. */
  list(): readonly Descriptor[] {
    const text = fs.readFileSync(this.#file, 'utf8')
    try {
      return (JSON.parse(text) as Index).manifests
    } catch (cause) {
      return fail('FailedPrecondition', { what: `'${this.#file}'`, why: 'is no JSON', hint: 'restore it', cause })
    }
  }

  /** @param name as `parseName` gives it */
  get(name: string): Descriptor | null {
    return this.list().find(entry => nameOf(entry) === name) ?? null
  }

  /** Gives the name to that image; who had it stays, without one. */
  set(name: string, descriptor: Descriptor): void {
    const { annotations: own = {}, ...bare } = descriptor
    const named = { ...bare, annotations: { ...own, [refName]: name } }
    this.#change(entries => {
      const others = entries.flatMap(entry => (nameOf(entry) === name ? [withoutName(entry)] : [entry]))
      const isNamed = (entry: Descriptor): boolean => entry.digest === descriptor.digest && nameOf(entry) === null
      return [...others.filter(entry => !isNamed(entry)), named]
    })
  }

  /** Enters an image that has no name. */
  add(descriptor: Descriptor): void {
    this.#change(entries =>
      entries.some(({ digest }) => digest === descriptor.digest) ? entries : [...entries, withoutName(descriptor)],
    )
  }

  /** Takes one name away: with `keep`, the image stays without one when it was the last. @throws MiniDockerError NotFound */
  remove(name: string, keep = false): Descriptor {
    let removed: Descriptor | undefined
    this.#change(entries => {
      removed = entries.find(entry => nameOf(entry) === name)
      if (removed === undefined) noSuchImage(name)
      const { digest } = removed!
      const others = entries.filter(entry => entry !== removed)
      const isLast = !others.some(entry => entry.digest === digest)
      return keep && isLast ? [...others, withoutName(removed!)] : others
    })
    return removed!
  }

  /** Takes all entries of that manifest or index away. */
  drop(digest: string): void {
    this.#change(entries => entries.filter(entry => entry.digest !== digest))
  }

  #change(change: (entries: readonly Descriptor[]) => readonly Descriptor[]): void {
    this.#store.locked(() => {
      const index: Index = { schemaVersion: 2, manifests: change(this.list()) }
      writeDurably(this.#file, JSON.stringify(index))
    })
  }
}

export const noSuchImage = (name: string): never => {
  throw new MiniDockerError('NotFound', {
    what: `image '${name}'`,
    why: 'is not here',
    hint: 'mini-docker ch4 images lists those that are; build, load or import it',
  })
}

function withoutName(entry: Descriptor): Descriptor {
  const { annotations: { [refName]: _, ...own } = {}, ...bare } = entry
  return Object.keys(own).length === 0 ? bare : { ...bare, annotations: own }
}

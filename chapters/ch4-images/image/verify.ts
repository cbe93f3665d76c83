/** `ch4 verify`: whether all that an image needs is there, and as it was. */

import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { MiniDockerError } from '#core/errors'
import type { Descriptor, ImageConfig, Index, Manifest } from '#core/spec/image'
import { type Images, openImages } from '../images.js'
import { chainIds } from '../parts-in-use.js'
import { nameOf } from '../store/names.js'
import { findTarget } from './find.js'
import { isIndex } from './read.js'

/** @returns 1 when something is wrong */
export function verify(_flags: Flags, names: readonly string[]): number {
  const images = openImages()
  const targets = names.length === 0 ? images.names.list() : names.map(name => findTarget(images, name).target)
  let code = 0
  const seen = new Map<string, boolean>()
  for (const target of targets) {
    const wrong = verifyImage(images, target, seen)
    out(`${nameOf(target) ?? target.digest}: ${wrong.length === 0 ? 'whole' : wrong.join('; ')}\n`)
    if (wrong.length > 0) code = 1
  }
  return code
}

/** The same without reading the blobs: whether all are there, and as large as they should be. */
export const verifyPresence = (images: Images, target: Descriptor): string[] =>
  verifyImage(images, target, { has: () => true, get: () => true, set: () => undefined })

/** What is known of blobs: a Map, if all are to be read. */
export interface Seen {
  has(digest: string): boolean
  get(digest: string): boolean | undefined
  set(digest: string, whole: boolean): unknown
}

/** @param seen blobs that were read already: several images share their layers @returns what is wrong, in words */
export function verifyImage(images: Images, target: Descriptor, seen: Seen = new Map<string, boolean>()): string[] {
  const { store, snapshotter } = images
  const wrong: string[] = []
  const check = ({ digest, size }: Descriptor): boolean => {
    const there = store.sizeOf(digest)
    if (there === null) wrong.push(`blob ${digest} is missing`)
    else if (there !== size) wrong.push(`blob ${digest} has ${there} bytes, not ${size}`)
    else {
      if (!seen.has(digest)) seen.set(digest, store.verify(digest))
      if (seen.get(digest)) return true
      wrong.push(`blob ${digest} was changed`)
    }
    return false
  }
  const documentOf = <T>({ digest }: Descriptor): Partial<T> => {
    try {
      return JSON.parse(store.read(digest).toString('utf8')) as Partial<T>
    } catch (error) {
      if (!(error instanceof MiniDockerError || error instanceof SyntaxError)) throw error
      wrong.push(`blob ${digest} is no document`)
      return {}
    }
  }
  const checkManifest = (descriptor: Descriptor): void => {
    if (!check(descriptor)) return
    const { config, layers = [] } = documentOf<Manifest>(descriptor)
    for (const layer of layers) check(layer)
    if (config === undefined || !check(config)) return
    const diffIds = documentOf<ImageConfig>(config).rootfs?.diff_ids ?? []
    const lost = chainIds(diffIds).find((_, i, chain) => {
      const above = chain[i + 1]
      return above !== undefined && snapshotter.stat(above) !== null && snapshotter.stat(chain[i]!) === null
    })
    if (lost !== undefined) wrong.push(`snapshot ${lost} is missing below another`)
    for (const key of chainIds(diffIds)) if (!snapshotter.isWhole(key)) wrong.push(`snapshot ${key} has lost its files`)
  }
  if (!isIndex(target)) checkManifest(target)
  else if (check(target)) {
    const there = (documentOf<Index>(target).manifests ?? []).filter(({ digest }) => store.has(digest))
    if (there.length === 0) wrong.push('none of its platforms is here')
    for (const manifest of there) checkManifest(manifest) // those of other platforms need not be here
  }
  return wrong
}

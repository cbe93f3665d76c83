/** Finds an image by what a user calls it: a name, an ID or the beginning of one, a digest. */

import { fail } from '#core/errors'
import type { Descriptor, Platform } from '#core/spec/image'
import type { Images } from '../images.js'
import { mayBeId, parseName } from '../store/image-name.js'
import { nameOf, noSuchImage } from '../store/names.js'
import { type Image, isIndex, readImage } from './read.js'

export interface Found {
  /** The entry of index.json: a manifest or an index. */
  readonly target: Descriptor
  /** null: found by its ID. */
  readonly name: string | null
}

/** @throws MiniDockerError NotFound, InvalidArgument: no name, or several images begin so */
export function findTarget(images: Images, who: string): Found {
  const named = images.names.list()
  if (mayBeId(who)) {
    const byName = /[:/]/.test(who) ? undefined : named.find(entry => nameOf(entry) === `${who}:latest`)
    if (byName !== undefined) return { target: byName, name: nameOf(byName) }
    const digits = who.replace(/^sha256:/, '')
    const begins = (digest: string): boolean => digest.slice('sha256:'.length).startsWith(digits)
    const found = named.filter(entry => begins(entry.digest) || idsOf(images, entry).some(begins))
    const [first] = found
    if (first === undefined) return noSuchImage(who)
    if (found.some(({ digest }) => digest !== first.digest)) {
      fail('InvalidArgument', { what: `image '${who}'`, why: 'several IDs begin so', hint: 'give more digits of it' })
    }
    return { target: first, name: null }
  }
  const name = parseName(who)
  return { target: images.names.get(name) ?? noSuchImage(who), name }
}

/** Of the platform that is asked for; without one, this machine's. */
export function findImage(images: Images, who: string, platform?: Platform): Image {
  return readImage(images.store, findTarget(images, who).target, platform ?? images.platform)
}

/** IDs of the images behind an entry, as far as they can be read. */
function idsOf(images: Images, target: Descriptor): string[] {
  if (isIndex(target)) return []
  try {
    return [readImage(images.store, target, images.platform).id]
  } catch {
    return []
  }
}

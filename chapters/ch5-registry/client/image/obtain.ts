/**
 * ch4's part `obtain`, with a registry behind it: an image that is not here, and is none of the ready-made ones, is pulled. So
 * `ch5 run` and `ch5 build` are ch4's, with this one part replaced.
 */

import { openProgress } from '#core/cli/progress'
import { fail, MiniDockerError } from '#core/errors'
import { isDigest } from '#core/spec/digest'
import type { Platform } from '#core/spec/image'
import { type Image, type Images, imageStore } from '../../../ch4-images/index.js'
import { familiarName } from '../../reference/format.js'
import { parseReference } from '../../reference/parse.js'
import type { Reference } from '../../reference/read.js'
import { fromFirst, mirrorsOf, registriesOf } from './mirrors.js'
import { pullImage } from './pull.js'

export type When = 'always' | 'missing' | 'never'

/** @throws MiniDockerError InvalidArgument */
export function whenOf(text: string | undefined): When {
  if (text === undefined || text === 'missing') return 'missing'
  if (text === 'always' || text === 'never') return text
  return fail('InvalidArgument', { what: `--pull ${text}`, why: 'is unknown', hint: 'always, missing or never' })
}

export interface ObtainWish {
  readonly when: When
  readonly insecure: readonly string[]
  readonly quiet: boolean
}

export type Obtain = (images: Images, who: string, platform?: Platform) => Promise<Image>

/** What it pulled it does not ask for again: FROM and COPY --from of one build see one image. */
export function obtainWith({ when, insecure, quiet }: ObtainWish): Obtain {
  const pulled = new Set<string>()
  return async (images, who, platform) => {
    const store = await imageStore()
    const reference = referenceOf(who)
    const key = `${who} ${platform === undefined ? '' : store.platformText(platform)}`
    const name = reference === null ? who : nameHere(reference)
    if (when !== 'always' || pulled.has(key) || reference === null || isOwn(name)) {
      try {
        return await store.obtainImage(images, name, platform)
      } catch (error) {
        const isMissing = error instanceof MiniDockerError && error.class === 'NotFound'
        if (!isMissing || reference === null || when === 'never' || pulled.has(key)) throw error
      }
    }
    const progress = openProgress(quiet)
    const registries = registriesOf(reference.domain, mirrorsOf([]), insecure)
    try {
      const wish = { platform: platform ?? null, allPlatforms: false, downloads: 3 }
      await fromFirst(registries, registry => pullImage(images, registry, reference, wish, progress))
    } finally {
      progress.end()
      await Promise.all(registries.map(registry => registry.close()))
    }
    pulled.add(key)
    return store.findImage(images, name, platform)
  }
}

/** Ready-made ones lie in no registry: they are made of this machine. */
const isOwn = (name: string): boolean => /^mini\/[a-z]+:latest$/.test(name)

/** null: an ID, which says of no registry. */
function referenceOf(who: string): Reference | null {
  if (isDigest(who) || /^[0-9a-f]{64}$/.test(who)) return null
  return parseReference(who)
}

/** What ch4 finds it by. */
export const nameHere = (reference: Reference): string => reference.digest ?? familiarName(reference)

/** `ch5 push`: says what docker push says. */

import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { openProgress } from '#core/cli/progress'
import { fail } from '#core/errors'
import type { Swap } from '#core/lab'
import { imageStore } from '../../../ch4-images/index.js'
import { familiarName, tagOrDigest, wholeName } from '../../reference/format.js'
import { parseReference } from '../../reference/parse.js'
import type { Reference } from '../../reference/read.js'
import { Registry } from '../http/registry.js'
import { pushImage } from '../image/push.js'
import { usePartsOfAll } from '../parts-of-all.js'
import { countOf, oneReference } from './argument.js'

export async function push(flags: Flags, rest: readonly string[], swap: Swap): Promise<number> {
  await usePartsOfAll(swap)
  const reference = oneReference('ch5 push', rest)
  if (reference.digest !== null) {
    fail('InvalidArgument', { what: `reference '${rest[0]}'`, why: 'names a digest', hint: 'push it by its tag' })
  }
  const { openImages, parsePlatform, noSuchImage } = await imageStore()
  const platform = flags.one('platform')
  const wish = {
    platform: platform === undefined ? null : parsePlatform(platform),
    uploads: countOf(flags, 'max-concurrent-uploads', 5),
  }
  const images = openImages()
  const wanted = flags.on('all-tags') ? tagsHere(images.names.list().map(nameIn), reference) : [reference]
  if (wanted.length === 0) noSuchImage(familiarName(reference))
  const registry = new Registry(reference.domain, { insecure: flags.all('insecure-registry') })
  const quiet = flags.on('quiet')
  const progress = openProgress(quiet)
  const say = (line: string): void => void (quiet || out(`${line}\n`))
  try {
    say(`The push refers to repository [${reference.domain}/${reference.path}]`)
    for (const one of wanted) {
      const target = images.names.get(familiarName(one)) ?? noSuchImage(familiarName(one))
      const { digest, size } = await pushImage(images, registry, one, target, wish, progress)
      progress.end()
      if (quiet) out(`${wholeName(one)}\n`)
      else say(`${tagOrDigest(one)}: digest: ${digest} size: ${size}`)
    }
    return 0
  } finally {
    progress.end()
    await registry.close()
  }
}

const nameIn = ({ annotations = {} }: { readonly annotations?: Readonly<Record<string, string>> }): string =>
  annotations['org.opencontainers.image.ref.name'] ?? ''

/** Those names of the store that are the repository's. */
function tagsHere(names: readonly string[], { domain, path }: Reference): Reference[] {
  return names.flatMap(name => {
    if (name === '') return []
    const found = parseReference(name)
    return found.domain === domain && found.path === path ? [found] : []
  })
}

/** `ch5 pull`: says what docker pull says. */

import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { openProgress } from '#core/cli/progress'
import { fail } from '#core/errors'
import type { Swap } from '#core/lab'
import { imageStore } from '../../../ch4-images/index.js'
import { familiarName, tagOrDigest, wholeName } from '../../reference/format.js'
import type { Reference } from '../../reference/read.js'
import { fromFirst, mirrorsOf, registriesOf } from '../image/mirrors.js'
import { pullImage } from '../image/pull.js'
import { listTags } from '../image/tags.js'
import { usePartsOfAll } from '../parts-of-all.js'
import { countOf, oneReference } from './argument.js'

export async function pull(flags: Flags, rest: readonly string[], swap: Swap): Promise<number> {
  await usePartsOfAll(swap)
  const reference = oneReference('ch5 pull', rest)
  const { openImages, parsePlatform } = await imageStore()
  const platform = flags.one('platform')
  const wish = {
    platform: platform === undefined ? null : parsePlatform(platform),
    allPlatforms: flags.on('all-platforms'),
    downloads: countOf(flags, 'max-concurrent-downloads', 3),
  }
  if (wish.platform !== null && wish.allPlatforms) {
    fail('InvalidArgument', { what: '--platform and --all-platforms', why: 'exclude one another' })
  }
  const all = flags.on('all-tags')
  if (all && /[:@]/.test(rest[0]!.slice(rest[0]!.lastIndexOf('/') + 1))) {
    fail('InvalidArgument', { what: `reference '${rest[0]}'`, why: '--all-tags takes a name without a tag' })
  }
  const images = openImages()
  const mirrors = mirrorsOf(flags.all('registry-mirror'))
  const registries = registriesOf(reference.domain, mirrors, flags.all('insecure-registry'))
  const quiet = flags.on('quiet')
  const progress = openProgress(quiet)
  const say = (line: string): void => void (quiet || out(`${line}\n`))
  try {
    const tags = all
      ? await fromFirst(registries, registry => listTags(registry, reference.path, familiarName(reference)))
      : null
    const wanted: readonly Reference[] = tags?.map(tag => ({ ...reference, tag })) ?? [reference]
    for (const one of wanted) {
      say(`${tagOrDigest(one)}: Pulling from ${one.path}`)
      const { digest, isNew } = await fromFirst(registries, registry =>
        pullImage(images, registry, one, wish, progress),
      )
      progress.end()
      say(`Digest: ${digest}`)
      const name = familiarName(one)
      say(`Status: ${isNew ? 'Downloaded newer image' : 'Image is up to date'} for ${name}`)
      out(`${wholeName(one)}\n`)
    }
    return 0
  } finally {
    progress.end()
    await Promise.all(registries.map(registry => registry.close()))
  }
}

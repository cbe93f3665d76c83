/** `ch5 run` and `ch5 build`: ch4's, with `obtain` replaced. */

import type { Flags } from '#core/cli/flags'
import { fail } from '#core/errors'
import type { Swap } from '#core/lab'
import { isDigest } from '#core/spec/digest'
import { commandsOf, imageStore, parts } from '../../../ch4-images/index.js'
import { useParts as useOwnParts } from '../../parts-in-use.js'
import { parseReference } from '../../reference/parse.js'
import { nameHere, obtainWith, whenOf } from '../image/obtain.js'

const wishOf = (flags: Flags, quiet: boolean) => ({
  when: whenOf(flags.one('pull')),
  insecure: flags.all('insecure-registry'),
  quiet,
})

export async function run(flags: Flags, [name, ...command]: readonly string[], swap: Swap): Promise<number> {
  if (name === undefined) {
    fail('InvalidArgument', { what: 'ch5 run', why: 'needs an image', hint: 'mini-docker ch5 run IMAGE [COMMAND...]' })
  }
  useOwnParts(swap)
  const wish = wishOf(flags, false)
  const obtain = obtainWith(wish)
  const { useParts, run: runImage } = await commandsOf()
  useParts(swap, { obtain })
  const isId = isDigest(name) || /^[0-9a-f]{64}$/.test(name)
  const reference = isId ? null : parseReference(name)
  // an image that is here already is started without being asked for: asked for it has to be before
  if (wish.when === 'always' || (reference !== null && reference.digest !== null)) {
    const { openImages, parsePlatform } = await imageStore()
    const platform = flags.one('platform')
    await obtain(openImages(), name, platform === undefined ? undefined : parsePlatform(platform))
  }
  return runImage(parts, flags, [reference === null ? name : nameHere(reference), ...command], swap)
}

export async function build(flags: Flags, rest: readonly string[], swap: Swap): Promise<number> {
  useOwnParts(swap)
  const { useParts, buildImage } = await commandsOf()
  const quiet = flags.on('quiet') || flags.one('progress') === 'quiet'
  useParts(swap, { obtain: obtainWith(wishOf(flags, quiet)) })
  return buildImage(flags, rest)
}

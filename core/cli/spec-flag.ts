/** `--spec FILE`: the wish is read from a config.json, instead of being put together out of flags. */

import type { Chapter } from '#core/chapter'
import type { Spec } from '#core/spec/runtime'
import type { Flag, Flags } from './flags.js'

export const specFlag: Flag = {
  name: 'spec',
  value: 'FILE',
  about: "take all of it from an OCI config.json; its root.path is relative to the file's directory",
}

/** The spec of that file, null when the flag was not given. What reads it is loaded only then. */
export async function givenSpec(
  chapter: Chapter,
  flags: Flags,
  command: readonly string[],
  besides: readonly string[] = [],
): Promise<Spec | null> {
  const file = flags.one(specFlag.name)
  return file === undefined
    ? null
    : (await import('./given-spec.js')).readGivenSpec(file, chapter, flags, command, besides)
}

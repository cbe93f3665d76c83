/** `ch5 tags`: all tags of a repository. */

import type { Flags } from '#core/cli/flags'
import { out, printJson } from '#core/cli/print'
import { familiarName } from '../../reference/format.js'
import { Registry } from '../http/registry.js'
import { listTags } from '../image/tags.js'
import { oneReference } from './argument.js'

export async function tags(flags: Flags, rest: readonly string[]): Promise<number> {
  const reference = oneReference('ch5 tags', rest)
  const name = familiarName({ ...reference, tag: null, digest: null })
  const registry = new Registry(reference.domain, { insecure: flags.all('insecure-registry') })
  try {
    const found = await listTags(registry, reference.path, name)
    if (flags.on('json')) printJson({ version: 1, name, tags: found })
    else for (const tag of found) out(`${tag}\n`)
    return 0
  } finally {
    await registry.close()
  }
}

/** `ch5 delete`: takes a tag, or a manifest with all its tags, out of a registry. Source: distribution-spec "Deleting tags". */

import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { fail } from '#core/errors'
import { pathOf } from '../../protocol/routes.js'
import { repositoryScope } from '../../protocol/scope.js'
import { familiarName, tagOrDigest } from '../../reference/format.js'
import { refusal } from '../http/failure.js'
import { Registry } from '../http/registry.js'
import { headManifest } from '../image/manifest.js'
import { oneReference } from './argument.js'

export async function deleteRemote(flags: Flags, rest: readonly string[]): Promise<number> {
  const reference = oneReference('ch5 delete', rest)
  const { path } = reference
  const name = familiarName(reference)
  // `latest` is not meant unless it is said: what goes, goes for all
  if (reference.digest === null && !rest[0]!.endsWith(`:${reference.tag}`)) {
    fail('InvalidArgument', {
      what: `reference '${rest[0]}'`,
      why: 'names no tag and no digest',
      hint: `ch5 delete ${name}`,
    })
  }
  const registry = new Registry(reference.domain, { insecure: flags.all('insecure-registry') })
  const about = { what: `image '${name}'`, domain: registry.domain }
  const needs = [repositoryScope(path, 'delete', 'pull')]
  const remove = (which: string) =>
    registry.call({ method: 'DELETE', path: pathOf('manifest', path, which), needs, about })
  try {
    const answer = await remove(tagOrDigest(reference))
    if (answer.status === 202 || answer.status === 200) {
      await answer.drop()
      out(`Deleted: ${name}\n`)
      return 0
    }
    // older ones delete only what a digest names: with it go all tags, and that has to be asked for
    const isOld = reference.digest === null && (answer.status === 405 || answer.status === 400)
    if (!isOld) throw await refusal(about, answer)
    await answer.drop()
    const there = await headManifest(registry, path, reference.tag!, about)
    if (!flags.on('force') || there === null) {
      fail('Unsupported', {
        what: about.what,
        why: `${registry.domain} deletes no tags, only manifests with all their tags`,
        hint: `--force deletes ${there?.digest ?? 'it'} and every tag that it has`,
      })
    }
    const second = await remove(there!.digest)
    if (second.status !== 202 && second.status !== 200) throw await refusal(about, second)
    await second.drop()
    out(`Deleted: ${familiarName({ ...reference, tag: null, digest: there!.digest })}\n`)
    return 0
  } finally {
    await registry.close()
  }
}

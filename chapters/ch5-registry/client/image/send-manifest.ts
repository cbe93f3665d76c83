/** Puts a manifest into a registry, and looks at what it says of it. Source: distribution-spec "Pushing Manifests". */

import { fail } from '#core/errors'
import { pathOf } from '../../protocol/routes.js'
import { repositoryScope } from '../../protocol/scope.js'
import type { Head } from '../http/exchange.js'
import type { About } from '../http/failure.js'
import type { Registry } from '../http/registry.js'
import type { Outcome } from '../transfer/push-blob.js'
import type { Document } from './manifest.js'

/** @param which a tag, or its digest */
export async function sendManifest(
  registry: Registry,
  path: string,
  which: string,
  { bytes, descriptor }: Document,
  about: About,
): Promise<Head> {
  const { digest, mediaType } = descriptor
  const headers = { 'content-type': mediaType, 'content-length': String(bytes.length) }
  const needs = [repositoryScope(path, 'pull', 'push')]
  const request = { method: 'PUT', path: pathOf('manifest', path, which), headers, body: bytes, needs, about } as const
  const answer = await registry.want(request, 201, 200, 202)
  await answer.drop()
  const said = answer.headers['docker-content-digest']
  if (said !== undefined && said !== digest) {
    fail('FailedPrecondition', { what: about.what, why: `${registry.domain} has stored it as ${said}, not ${digest}` })
  }
  return answer
}

/** What became of a blob, as docker says it. */
export function wordsOf({ how, from }: Outcome): string {
  if (how === 'mounted') return `Mounted from ${from}`
  return how === 'exists' ? 'Layer already exists' : 'Pushed'
}

/**
 * The registry behind a cache, as far as a cache needs it: manifests and blobs. An interface, so that tests can stand in; the real
 * one is the client's: its addresses, credentials (`ch5 login`, as whom the cache pulls), redirects and retries.
 */

import { fail } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import { refusal } from '../../client/http/failure.js'
import { type Options, Registry } from '../../client/http/registry.js'
import { pathOf } from '../../protocol/routes.js'
import { repositoryScope } from '../../protocol/scope.js'
import { defaultDomain } from '../../reference/read.js'
import { manifestTypes } from '../manifest/document.js'

export interface UpstreamManifest {
  readonly bytes: Uint8Array
  readonly mediaType: string
}

export interface Upstream {
  /** null: it has none. @throws where it cannot be asked */
  manifest(name: string, reference: string): Promise<UpstreamManifest | null>
  blob(name: string, digest: Digest): Promise<AsyncIterable<Uint8Array> | null>
}

const MANIFEST_MAX = 4 << 20

/** @throws MiniDockerError InvalidArgument for what is no address of a registry */
export function upstreamAt(address: string, options: Pick<Options, 'credentials'> = {}): Upstream {
  const { host, protocol } = baseOf(address)
  const domain = host === 'registry-1.docker.io' ? defaultDomain : host
  const registry = new Registry(domain, { ...options, insecure: protocol === 'http:' ? [host] : [] })

  async function ask(path: string, name: string, accept: string) {
    const about = { what: `repository '${name}'`, domain }
    const needs = [repositoryScope(name, 'pull')]
    const answer = await registry.call({ method: 'GET', path, headers: { accept }, needs, about })
    if (answer.status === 200) return answer
    if (answer.status !== 404) throw await refusal(about, answer)
    await answer.drop()
    return null
  }

  return {
    async manifest(name, reference) {
      const answer = await ask(pathOf('manifest', name, reference), name, manifestTypes.join(', '))
      if (answer === null) return null
      const mediaType = answer.headers['content-type']?.split(';')[0]?.trim() ?? ''
      return { bytes: await answer.read(MANIFEST_MAX), mediaType }
    },
    async blob(name, digest) {
      return (await ask(pathOf('blob', name, digest), name, '*/*'))?.body ?? null
    },
  }
}

function baseOf(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null
  // a registry is a whole host: a path would be left out without a word
  const isHost = url !== null && url.pathname === '/' && url.search === ''
  if (isHost && /^https?:$/.test(url.protocol) && url.username === '') return url
  return fail('InvalidArgument', {
    what: `registry '${address.replace(/\/\/[^/@]*@/, '//')}'`,
    why: 'is no address',
    hint: '--proxy https://HOST[:PORT]; mini-docker ch5 login HOST for one that asks who you are',
  })
}

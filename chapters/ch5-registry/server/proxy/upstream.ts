/**
 * The registry behind a cache, as far as a cache needs it: manifests and blobs, without an account. An interface, so that
 * another client can take its place; this one is a few requests by fetch, which follows redirects and leaves the
 * Authorization behind where they lead to another host (Fetch Standard, "HTTP-redirect fetch").
 */

import { fail } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import { parseChallenges } from '../../protocol/challenge.js'
import { pathOf } from '../../protocol/routes.js'
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
const TOKEN_MAX = 64 << 10
const ANSWER_MS = 30_000

/** @throws MiniDockerError InvalidArgument for what is no address of a registry */
export function upstreamAt(address: string): Upstream {
  const base = baseOf(address)
  /** By repository: nobody's. */
  const tokens = new Map<string, string>()

  async function ask(path: string, name: string, accept: string): Promise<Response | null> {
    for (let again = 0; again < 2; again++) {
      const token = tokens.get(name)
      const headers = { accept, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
      const response = await fetch(`${base}${path}`, { headers, signal: AbortSignal.timeout(6 * 3_600_000) })
      if (response.ok) return response
      await response.body?.cancel()
      if (response.status === 404) return null
      const challenge = parseChallenges(response.headers.get('www-authenticate') ?? '').find(
        ({ scheme }) => scheme === 'bearer',
      )
      if (response.status !== 401 || challenge === undefined || again > 0) throw new Error(`${response.status}`)
      tokens.set(name, await tokenBy(challenge.parameters, name))
    }
    return null
  }

  return {
    async manifest(name, reference) {
      const response = await ask(pathOf('manifest', name, reference), name, manifestTypes.join(', '))
      if (response === null) return null
      const mediaType = response.headers.get('content-type')?.split(';')[0]?.trim() ?? ''
      return { bytes: await limited(response, MANIFEST_MAX), mediaType }
    },
    async blob(name, digest) {
      return (await ask(pathOf('blob', name, digest), name, '*/*'))?.body ?? null
    },
  }
}

async function tokenBy({ realm = '', service = '', scope }: Readonly<Record<string, string>>, name: string) {
  const url = new URL(realm)
  url.searchParams.set('service', service)
  url.searchParams.set('scope', scope ?? `repository:${name}:pull`)
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })
  if (!response.ok) throw new Error(`${response.status} of ${url.host}`)
  const answer = JSON.parse(new TextDecoder().decode(await limited(response, TOKEN_MAX))) as Record<string, unknown>
  const token = answer.token ?? answer.access_token
  if (typeof token !== 'string') throw new Error(`no token from ${url.host}`)
  return token
}

async function limited(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > limit) throw new Error(`more than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function baseOf(address: string): string {
  try {
    const { protocol, origin } = new URL(address)
    if (protocol === 'http:' || protocol === 'https:') return origin
  } catch {
    // no address at all
  }
  return fail('InvalidArgument', {
    what: `registry '${address}'`,
    why: 'is no address',
    hint: '--proxy https://HOST[:PORT]',
  })
}

/** A registry in this process, small and to the letter, which can be told to cut, to lie and to ask for tokens. */

import { createHash, randomBytes } from 'node:crypto'
import * as http from 'node:http'
import type { AddressInfo } from 'node:net'

export const sha = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

export interface Asked {
  readonly method: string
  readonly url: string
  readonly range: string | undefined
  readonly authorization: string | undefined
  /** Bytes of its body that came. */
  sent: number
}

interface Rules {
  /** Whether who has no token is sent for one. */
  readonly tokens?: boolean
  /** The blob in the place of the one with this digest. */
  readonly lie?: (digest: string, bytes: Buffer) => Buffer
  /** Of so many large answers and uploads the connection ends in their middle. */
  readonly cuts?: number
  /** Blobs lie at this address. */
  readonly blobsAt?: string
}

const LARGE = 100_000
const manifestType = 'application/vnd.oci.image.manifest.v1+json'

export class BoxRegistry {
  readonly blobs = new Map<string, Buffer>()
  /** By digest. */
  readonly manifests = new Map<string, Buffer>()
  /** `shop/web:1` → a digest. */
  readonly tags = new Map<string, string>()
  readonly asked: Asked[] = []
  readonly #uploads = new Map<string, Buffer>()
  /** What a token is good for. */
  readonly #tokens = new Map<string, string>()
  readonly #rules: Rules
  readonly #server: http.Server
  #cuts: number

  constructor(rules: Rules) {
    this.#rules = rules
    this.#cuts = rules.cuts ?? 0
    this.#server = http.createServer((request, response) => this.#receive(request, response))
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** @returns the digest of its manifest, which the tag then stands for @param layers compressed, with their diff IDs */
  add(name: string, layers: readonly { readonly bytes: Buffer; readonly diffId: string }[]): string {
    const kept = (bytes: Buffer): { digest: string; size: number } => {
      this.blobs.set(sha(bytes), bytes)
      return { digest: sha(bytes), size: bytes.length }
    }
    const config = Buffer.from(
      JSON.stringify({
        architecture: process.arch === 'x64' ? 'amd64' : process.arch,
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      }),
    )
    const type = 'application/vnd.oci.image'
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: `${type}.config.v1+json`, ...kept(config) },
        layers: layers.map(({ bytes }) => ({ mediaType: `${type}.layer.v1.tar+gzip`, ...kept(bytes) })),
      }),
    )
    this.manifests.set(sha(manifest), manifest)
    this.tags.set(name, sha(manifest))
    return sha(manifest)
  }

  listen(): Promise<void> {
    return new Promise(resolve => this.#server.listen(0, '127.0.0.1', resolve))
  }

  close(): Promise<unknown> {
    this.#server.closeAllConnections()
    return new Promise(resolve => this.#server.close(resolve))
  }

  #receive(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method = '', headers } = request
    const url = new URL(request.url!, 'http://registry')
    const { range, authorization } = headers
    const asked: Asked = { method, url: url.pathname, range, authorization, sent: 0 }
    this.asked.push(asked)
    const parts: Buffer[] = []
    const half = Number(headers['content-length'] ?? 2 * LARGE) / 2
    let isCut = false
    request.on('data', (part: Buffer) => {
      if (isCut) return
      parts.push(part)
      asked.sent += part.length
      if (this.#cuts === 0 || half < LARGE || asked.sent < half) return
      this.#cuts--
      isCut = true
      // what has come of a chunk is kept, as by most
      if (method === 'PATCH' && this.#uploads.has(idIn(url))) this.#append(url, Buffer.concat(parts))
      request.socket.destroy()
    })
    request.on('error', () => {})
    request.on('end', () => {
      if (!isCut) this.#send(method, this.#answer(asked, url, headers, Buffer.concat(parts)), response)
    })
  }

  #send(method: string, { status, headers = {}, body = Buffer.alloc(0) }: Answer, response: http.ServerResponse): void {
    response.writeHead(status, { 'content-length': body.length, ...headers })
    if (method === 'HEAD' || this.#cuts === 0 || body.length < LARGE) {
      response.end(method === 'HEAD' ? undefined : body)
      return
    }
    this.#cuts--
    response.write(body.subarray(0, body.length / 2), () => setTimeout(() => response.destroy(), 50))
  }

  #answer({ method }: Asked, url: URL, headers: http.IncomingHttpHeaders, body: Buffer): Answer {
    if (url.pathname === '/token') {
      const token = randomBytes(12).toString('hex')
      this.#tokens.set(token, url.searchParams.getAll('scope').join(' '))
      return json(200, { token })
    }
    const [, name = '', kind = '', last = ''] =
      /^\/v2\/(.+)\/(manifests|blobs|blobs\/uploads)\/([^/]*)$/.exec(url.pathname) ?? []
    if (this.#rules.tokens === true && !this.#isAllowed(name, headers.authorization)) {
      const scope = name === '' ? '' : `,scope="repository:${name}:pull"`
      const challenge = `Bearer realm="http://${this.host}/token",service="box"${scope}`
      return refusal(401, 'UNAUTHORIZED', { 'www-authenticate': challenge })
    }
    if (/^\/v2\/?$/.test(url.pathname))
      return { status: 200, headers: { 'docker-distribution-api-version': 'registry/2.0' } }
    if (kind === 'manifests')
      return method === 'PUT' ? this.#takeManifest(name, last, body) : this.#manifest(name, last)
    if (kind === 'blobs') return this.#blob(method, url, last, headers.range)
    return kind === 'blobs/uploads' ? this.#upload(method, url, headers, body) : refusal(404, 'NAME_UNKNOWN')
  }

  /** By a token of ours that is good for this repository; `/v2/` takes any. */
  #isAllowed(name: string, authorization = ''): boolean {
    const [, token = ''] = /^Bearer (\S+)$/i.exec(authorization) ?? []
    const scopes = this.#tokens.get(token)
    return scopes !== undefined && (name === '' || scopes.includes(`repository:${name}:pull`))
  }

  #takeManifest(name: string, last: string, body: Buffer): Answer {
    const { config, layers } = JSON.parse(String(body)) as {
      readonly config: { readonly digest: string }
      readonly layers: readonly { readonly digest: string }[]
    }
    if (![config, ...layers].every(({ digest }) => this.blobs.has(digest))) return refusal(400, 'MANIFEST_BLOB_UNKNOWN')
    const digest = sha(body)
    this.manifests.set(digest, body)
    this.tags.set(`${name}:${last}`, digest)
    return { status: 201, headers: { location: `/v2/${name}/manifests/${digest}`, 'docker-content-digest': digest } }
  }

  #manifest(name: string, last: string): Answer {
    const digest = last.startsWith('sha256:') ? last : (this.tags.get(`${name}:${last}`) ?? '')
    const body = this.manifests.get(digest)
    if (body === undefined) return refusal(404, 'MANIFEST_UNKNOWN')
    return { status: 200, headers: { 'content-type': manifestType, 'docker-content-digest': digest }, body }
  }

  #blob(method: string, { pathname }: URL, digest: string, range: string | undefined): Answer {
    const kept = this.blobs.get(digest)
    if (kept === undefined) return refusal(404, 'BLOB_UNKNOWN')
    const { lie, blobsAt } = this.#rules
    if (blobsAt !== undefined && method === 'GET')
      return { status: 307, headers: { location: `http://${blobsAt}${pathname}` } }
    const bytes = lie?.(digest, kept) ?? kept
    const first = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
    if (first > 0 && first >= bytes.length) return { status: 416 }
    const part = { 'content-range': `bytes ${first}-${bytes.length - 1}/${bytes.length}` }
    const whole = range === undefined
    return { status: whole ? 200 : 206, headers: whole ? {} : part, body: bytes.subarray(first) }
  }

  #upload(method: string, url: URL, headers: http.IncomingHttpHeaders, body: Buffer): Answer {
    const digest = url.searchParams.get('digest')
    if (method === 'POST') {
      if (digest !== null) return this.#commit(digest, url, body)
      const id = randomBytes(8).toString('hex')
      this.#uploads.set(id, Buffer.alloc(0))
      return { status: 202, headers: { location: `${url.pathname}${id}`, 'docker-upload-uuid': id } }
    }
    const has = this.#uploads.get(idIn(url))
    if (has === undefined) return refusal(404, 'BLOB_UPLOAD_UNKNOWN')
    const range = (length: number): http.OutgoingHttpHeaders => ({
      location: url.pathname,
      range: `0-${Math.max(0, length - 1)}`,
    })
    if (method === 'GET') return { status: 204, headers: range(has.length) }
    const first = /^(?:bytes )?(\d+)-/.exec(headers['content-range'] ?? '')?.[1]
    if (first !== undefined && Number(first) !== has.length) return { status: 416, headers: range(has.length) }
    if (method === 'PUT') return this.#commit(digest, url, Buffer.concat([has, body]))
    return { status: 202, headers: range(this.#append(url, body)) }
  }

  #commit(digest: string | null, { pathname }: URL, bytes: Buffer): Answer {
    if (digest === null || sha(bytes) !== digest) return refusal(400, 'DIGEST_INVALID')
    this.blobs.set(digest, bytes)
    const location = pathname.replace(/uploads\/[^/]*$/, digest)
    return { status: 201, headers: { location, 'docker-content-digest': digest } }
  }

  /** @returns how long it is now */
  #append(url: URL, bytes: Buffer): number {
    const whole = Buffer.concat([this.#uploads.get(idIn(url))!, bytes])
    this.#uploads.set(idIn(url), whole)
    return whole.length
  }
}

interface Answer {
  readonly status: number
  readonly headers?: http.OutgoingHttpHeaders
  readonly body?: Uint8Array
}
const idIn = ({ pathname }: URL): string => pathname.split('/').at(-1)!
const json = (status: number, value: unknown, headers: http.OutgoingHttpHeaders = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(value)),
})
const refusal = (status: number, code: string, headers?: http.OutgoingHttpHeaders): Answer =>
  json(status, { errors: [{ code, message: code.toLowerCase() }] }, headers)

/** For as long as `use` takes. */
export async function boxRegistry<T>(rules: Rules, use: (registry: BoxRegistry) => Promise<T>): Promise<T> {
  const registry = new BoxRegistry(rules)
  await registry.listen()
  try {
    return await use(registry)
  } finally {
    await registry.close()
  }
}

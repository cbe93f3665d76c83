/**
 * A registry in memory, on node:http, written for tests from the specification alone: none of our server is in it. It can be told
 * to misbehave: cut, delay, shorten, corrupt, lie about lengths and digests, refuse, redirect.
 */

import { randomUUID } from 'node:crypto'
import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Fault, type Seen, sha } from './fake-faults.js'

export { type Fault, type Seen, sha }

interface Stored {
  readonly type: string
  readonly bytes: Buffer
}

export interface FakeAuth {
  readonly user: string
  readonly password: string
  readonly kind: 'basic' | 'token'
}

export class FakeRegistry {
  readonly blobs = new Map<string, Buffer>()
  readonly manifests = new Map<string, Stored>()
  readonly uploads = new Map<string, Buffer>()
  readonly seen: Seen[] = []
  /** Tokens that were given out, and what for. */
  readonly tokens = new Map<string, string>()
  fault: (seen: Seen, index: number) => Fault | undefined = () => undefined
  auth: FakeAuth | undefined
  pageSize = 1000
  #server = http.createServer({ keepAliveTimeout: 1000 })

  static async open(): Promise<FakeRegistry> {
    const registry = new FakeRegistry()
    registry.#server.on('request', (request, response) => {
      registry.#take(request, response).catch(() => response.destroy())
    })
    registry.#server.on('clientError', (_, socket) => socket.destroy())
    await new Promise<void>(resolve => registry.#server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  putBlob(repository: string, bytes: Buffer): string {
    this.blobs.set(`${repository} ${sha(bytes)}`, bytes)
    return sha(bytes)
  }

  putManifest(repository: string, tag: string, document: object, type: string): string {
    const bytes = Buffer.from(JSON.stringify(document))
    for (const which of [tag, sha(bytes)]) this.manifests.set(`${repository} ${which}`, { type, bytes })
    return sha(bytes)
  }

  count(method: string, part: string): number {
    return this.seen.filter(one => one.method === method && one.path.includes(part)).length
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url!, `http://${this.host}`)
    const seen: Seen = {
      method: request.method!,
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers: request.headers,
      ...{ received: 0, sent: 0, status: 0 },
    }
    this.seen.push(seen)
    const fault = this.fault(seen, this.seen.length - 1) ?? {}
    const chunks: Buffer[] = []
    let isCut = false
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        const room = (fault.cutRequestAt ?? Number.POSITIVE_INFINITY) - seen.received
        chunks.push(chunk.subarray(0, room))
        seen.received += Math.min(room, chunk.length)
        if (chunk.length < room) continue
        isCut = true
        break
      }
    } catch {
      isCut = true
    }
    const body = Buffer.concat(chunks)
    if (isCut) {
      this.#keepPart(seen, body)
      request.socket.destroy()
      return
    }
    if (fault.delay !== undefined) await new Promise(resolve => setTimeout(resolve, fault.delay))
    if (fault.cutAt === 0) {
      request.socket.destroy()
      return
    }
    const answer = fault.answer ?? this.#answer(fault.ignoresRanges ? { ...seen, headers: {} } : seen, body)
    const own = Buffer.from(answer.body ?? '')
    const sent = fault.body?.(own) ?? own
    const all = { 'content-length': String(own.length), ...answer.headers, ...fault.headers }
    const headers = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    seen.status = answer.status
    response.writeHead(answer.status, headers)
    if (seen.method === 'HEAD') {
      response.end()
      return
    }
    const part = sent.subarray(0, fault.cutAt ?? fault.stallAt ?? sent.length)
    seen.sent = part.length
    if (fault.stallAt !== undefined) response.write(part)
    else if (fault.cutAt === undefined || fault.cutAt >= sent.length) response.end(part)
    else response.write(part, () => setTimeout(() => request.socket.destroy(), 5))
  }

  #keepPart({ method, path }: Seen, body: Buffer): void {
    const id = /\/blobs\/uploads\/([^/]+)$/.exec(path)?.[1]
    if (method === 'PATCH' && id !== undefined) this.uploads.set(id, Buffer.concat([this.uploads.get(id)!, body]))
  }

  #answer(seen: Seen, body: Buffer): { status: number; headers?: Record<string, string>; body?: Buffer | string } {
    if (seen.path === '/token') return this.#token(seen)
    const refused = this.#refusal(seen)
    if (refused !== null) return refused
    if (seen.path === '/v2/') return { status: 200, body: '{}' }
    const [, name = '', rest = ''] = /^\/v2\/(.+?)\/((?:manifests|blobs|tags|referrers)\/.*)$/.exec(seen.path) ?? []
    const [kind, which = '', id] = rest.split('/')
    if (kind === 'tags') return this.#tags(seen, name)
    if (kind === 'manifests') return this.#manifest(seen, name, which, body)
    if (kind === 'blobs' && which === 'uploads') return this.#upload(seen, name, id ?? '', body)
    const blob = kind === 'blobs' ? this.blobs.get(`${name} ${which}`) : undefined
    if (blob === undefined) return error(404, 'BLOB_UNKNOWN')
    const first = Number(/^bytes=(\d+)-/.exec(seen.headers.range ?? '')?.[1] ?? 0)
    const end = Number(/-(\d+)$/.exec(seen.headers.range ?? '')?.[1] ?? blob.length - 1) + 1
    if (first >= blob.length && first > 0) return error(416, 'RANGE_INVALID')
    if (seen.headers.range === undefined) return { status: 200, body: blob }
    const headers = { 'content-range': `bytes ${first}-${end - 1}/${blob.length}` }
    return { status: 206, headers, body: blob.subarray(first, end) }
  }

  #tags({ query }: Seen, name: string) {
    const all = [...this.manifests.keys()].flatMap(key => (key.startsWith(`${name} `) ? [key.split(' ')[1]!] : []))
    const tags = all.filter(tag => !tag.includes(':')).sort()
    if (tags.length === 0) return error(404, 'NAME_UNKNOWN')
    const from = tags.findIndex(tag => tag > (query.get('last') ?? ''))
    const page = from < 0 ? [] : tags.slice(from, from + this.pageSize)
    const isLast = from < 0 || from + this.pageSize >= tags.length
    const link = `</v2/${name}/tags/list?n=${this.pageSize}&last=${page.at(-1)}>; rel="next"`
    return { status: 200, headers: isLast ? {} : { link }, body: JSON.stringify({ name, tags: page }) }
  }

  #manifest({ method, headers }: Seen, name: string, which: string, body: Buffer) {
    if (method === 'PUT') {
      for (const key of [which, sha(body)])
        this.manifests.set(`${name} ${key}`, { type: headers['content-type']!, bytes: body })
      return { status: 201, headers: { 'docker-content-digest': sha(body) } }
    }
    const stored = this.manifests.get(`${name} ${which}`)
    if (stored === undefined) return error(404, 'MANIFEST_UNKNOWN')
    return {
      status: 200,
      headers: { 'content-type': stored.type, 'docker-content-digest': sha(stored.bytes) },
      body: stored.bytes,
    }
  }

  #upload({ method, query, headers }: Seen, name: string, id: string, body: Buffer) {
    const at = (upload: string) => ({ location: `/v2/${name}/blobs/uploads/${upload}` })
    if (method === 'POST') {
      const mount = this.blobs.get(`${query.get('from')} ${query.get('mount')}`)
      if (mount !== undefined) {
        this.putBlob(name, mount)
        return { status: 201, headers: { location: `/v2/${name}/blobs/${query.get('mount')}` } }
      }
      const fresh = randomUUID()
      this.uploads.set(fresh, Buffer.alloc(0))
      return { status: 202, headers: { ...at(fresh), range: '0-0' } }
    }
    const there = this.uploads.get(id)
    if (there === undefined) return error(404, 'BLOB_UPLOAD_UNKNOWN')
    const range = (size: number) => ({ ...at(id), range: `0-${Math.max(0, size - 1)}` })
    if (method === 'GET') return { status: 204, headers: range(there.length) }
    if (method === 'PATCH') {
      const first = Number(/^(\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? 0)
      if (first !== there.length) return error(416, 'RANGE_INVALID')
      const whole = Buffer.concat([there, body])
      this.uploads.set(id, whole)
      return { status: 202, headers: range(whole.length) }
    }
    const whole = Buffer.concat([there, body])
    this.uploads.delete(id)
    if (sha(whole) !== query.get('digest')) return error(400, 'DIGEST_INVALID')
    this.putBlob(name, whole)
    return { status: 201, headers: { location: `/v2/${name}/blobs/${sha(whole)}` } }
  }

  #refusal({ headers, method, path }: Seen) {
    if (this.auth === undefined) return null
    const { user, password, kind } = this.auth
    const said = headers.authorization ?? ''
    if (kind === 'basic') {
      const right = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
      return said === right ? null : error(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="fake"' })
    }
    const name = /^\/v2\/(.+?)\/(?:manifests|blobs|tags|referrers)\//.exec(path)?.[1]
    const scope = `repository:${name}:${method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push'}`
    const granted = this.tokens.get(said.replace(/^Bearer /, ''))
    const allowed = granted !== undefined && (name === undefined || granted.includes(scope))
    const challenge = `Bearer realm="http://${this.host}/token",service="fake"${name === undefined ? '' : `,scope="${scope}"`}`
    return allowed ? null : error(401, 'UNAUTHORIZED', { 'www-authenticate': challenge })
  }

  #token({ headers, query }: Seen) {
    const { user, password } = this.auth!
    const right = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    if (headers.authorization !== right) return error(401, 'UNAUTHORIZED')
    const token = randomUUID()
    this.tokens.set(token, query.getAll('scope').join(' '))
    return { status: 200, body: JSON.stringify({ token, expires_in: 300 }) }
  }
}

const error = (status: number, code: string, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ errors: [{ code, message: `${code.toLowerCase()} it is` }] }),
})

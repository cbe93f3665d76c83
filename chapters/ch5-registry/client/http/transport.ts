/**
 * The one place where requests are made. One request, one answer: who may ask again, where else, and with which credentials is
 * decided elsewhere. Everything has a time limit, and an answer's header a size.
 */

import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { fail } from '#core/errors'
import { type Answer, type Ask, originOf } from './exchange.js'
import { proxyFor } from './proxy.js'
import { trustFor } from './trust.js'

export interface Limits {
  /** Milliseconds until there is a connection, until an answer begins, and between two pieces of a body. */
  readonly connect: number
  readonly answer: number
  /** … of a PUT: a registry may read all of a large blob once more, or copy it, before it says that it has it. */
  readonly commit: number
  readonly body: number
}

export const usualLimits: Limits = { connect: 30_000, answer: 60_000, commit: 600_000, body: 60_000 }

const HEADERS_MAX = 16 << 10
const userAgent = 'mini-docker/0.1'

type Undici = typeof import('undici')

let undiciLoaded: Undici | undefined
/** Not by import(): the bundle is compiled by the starter, where that has nobody to answer it. */
const loadUndici = (): Undici => (undiciLoaded ??= createRequire(import.meta.filename)('undici') as Undici)

export class Transport {
  readonly #limits: Limits
  /** By origin, and whether its certificate is looked at. */
  readonly #dispatchers = new Map<string, Dispatcher>()
  readonly #lax: (origin: string) => boolean

  /** @param lax whether an origin's certificate may be anybody's */
  constructor(lax: (origin: string) => boolean = () => false, limits: Limits = usualLimits) {
    this.#lax = lax
    this.#limits = limits
  }

  /** @throws the errors of node:net and undici: `causeOf` names them */
  async send({ method, url, headers, body }: Ask): Promise<Answer> {
    const undici = loadUndici()
    const answer = await undici.request(url, {
      dispatcher: this.#dispatcher(undici, url),
      method,
      headers: { 'user-agent': userAgent, ...headers },
      body:
        body === undefined ? null : body instanceof Uint8Array ? body : Readable.from(body(), { objectMode: false }),
      headersTimeout: method === 'PUT' ? this.#limits.commit : this.#limits.answer,
      bodyTimeout: this.#limits.body,
    })
    const joined = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')] as const)
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(joined),
      url,
      body: answer.body as AsyncIterable<Uint8Array>,
      read: limit => readUpTo(answer.body, limit, url),
      async drop() {
        await answer.body.dump({ limit: 64 << 10 }).catch(() => undefined)
      },
    }
  }

  async close(): Promise<void> {
    for (const dispatcher of this.#dispatchers.values()) await dispatcher.destroy()
    this.#dispatchers.clear()
  }

  #dispatcher(undici: Undici, url: string): Dispatcher {
    const origin = originOf(url)
    const there = this.#dispatchers.get(origin)
    if (there !== undefined) return there
    const secure = origin.startsWith('https:')
    const verify = !this.#lax(origin)
    const tls = secure ? { ...trustFor(new URL(url).host, verify), rejectUnauthorized: verify } : {}
    const shared = { maxHeaderSize: HEADERS_MAX, pipelining: 1, keepAliveTimeout: 4000 }
    const proxy = proxyFor(url, process.env)
    const made =
      proxy === null
        ? new undici.Agent({ ...shared, connect: { ...tls, timeout: this.#limits.connect } })
        : new undici.ProxyAgent({
            ...{ ...shared, uri: proxy, requestTls: tls, connectTimeout: this.#limits.connect },
            proxyTunnel: false, // plain HTTP by its whole URL: CONNECT is what proxies allow to the port of HTTPS alone
          })
    this.#dispatchers.set(origin, made)
    return made
  }
}

async function readUpTo(body: AsyncIterable<Uint8Array>, limit: number, url: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limit) fail('FailedPrecondition', { what: `answer of '${url}'`, why: `is longer than ${limit} bytes` })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

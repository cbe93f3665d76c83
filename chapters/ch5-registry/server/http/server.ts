/**
 * The HTTP server: limits, what is counted and logged of each request, and an end in which what runs comes to its own.
 */

import * as http from 'node:http'
import * as https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { Refusal } from '../refusal.js'
import { send, sendRefusal } from './answer.js'
import { answerWith, type Dispatch, dispatch, type Outcome, targetOf } from './dispatch.js'
import type { AccessLog } from './log.js'
import type { Metrics } from './metrics.js'
import { bytesOut } from './send-file.js'

/** A client that is slower than that is none. */
const HEADERS_MS = 15_000
/** Nothing comes and nothing goes. */
const IDLE_MS = 60_000
/** … or hardly anything: fewer bytes in that time, both ways together, than any line has. */
const PACE_BYTES = 16 << 10
const HEADER_BYTES = 16 << 10
const CONNECTIONS = 4096

export interface ServerSettings extends Dispatch {
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null
  readonly log: AccessLog
  readonly metrics: Metrics
  /** @throws where the registry is not well */
  readonly health: () => Promise<void>
  readonly idleMs?: number
  readonly headersMs?: number
}

interface Asked {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
}

/** A client that has asked, and waits for us, is not slow: we are. */
const isOurs = ({ request, response }: Asked): boolean => request.complete && !response.headersSent

export class RegistryServer {
  readonly #settings: ServerSettings
  readonly #server: http.Server
  /** What connections had brought and taken when their last request ended: the next begins there, header included. */
  readonly #counted = new WeakMap<Socket, Record<'in' | 'out', number>>()
  /** The last request of a connection. */
  readonly #asked = new WeakMap<Socket, Asked>()
  #draining = false

  constructor(settings: ServerSettings) {
    this.#settings = settings
    const { tls, idleMs = IDLE_MS, headersMs = HEADERS_MS } = settings
    const options = {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: headersMs,
      requestTimeout: 0, // a large layer takes its time
      connectionsCheckingInterval: Math.min(5000, headersMs),
      noDelay: true,
      ...(tls === null ? {} : { handshakeTimeout: headersMs }),
    }
    this.#server = tls === null ? http.createServer(options) : https.createServer({ ...options, ...tls })
    this.#server.maxConnections = CONNECTIONS
    this.#server.maxRequestsPerSocket = 0
    this.#server.setTimeout(idleMs, socket => this.#idle(socket, idleMs))
    this.#server.keepAliveTimeout = idleMs // Node's five seconds end connections that clients are about to use again
    this.#server.on('request', (request, response) => void this.#handle(request, response))
  }

  /** @returns where it listens: the port, when it was asked for 0 */
  async listen(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.removeListener('error', reject)
        resolve()
      })
    })
    return this.#server.address() as AddressInfo
  }

  /** No new ones; those that run come to their end, or are cut after that time. */
  async close(graceMs: number): Promise<void> {
    this.#draining = true
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs)
    await closed
    clearTimeout(timer)
  }

  #idle(socket: Socket, idleMs: number): void {
    const asked = this.#asked.get(socket)
    if (asked !== undefined && isOurs(asked)) socket.setTimeout(idleMs)
    else socket.destroy()
  }

  /** A byte now and then is not idle, and holds a connection all the same. @returns what ends the watch */
  #watch(asked: Asked, idleMs: number): NodeJS.Timeout {
    const { socket } = asked.request
    let before = 0
    return setInterval(() => {
      const bytes = socket.bytesRead + bytesOut(socket)
      if (bytes - before < PACE_BYTES && !isOurs(asked)) socket.destroy()
      before = bytes
    }, idleMs).unref()
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { log, metrics, idleMs = IDLE_MS } = this.#settings
    const { socket } = request
    this.#asked.set(socket, { request, response })
    const watch = this.#watch({ request, response }, idleMs)
    const start = performance.now()
    const remote = socket.remoteAddress ?? ''
    response.setHeader('docker-distribution-api-version', 'registry/2.0')
    response.setHeader('x-content-type-options', 'nosniff')
    if (this.#draining) response.setHeader('connection', 'close')
    response.on('error', () => {}) // whoever it was for has gone
    metrics.begin()
    let outcome: Outcome
    try {
      outcome = await this.#answer(request, response)
    } catch (error) {
      outcome = { resource: 'none', repository: null, user: null, error: answerWith(error, response) }
    }
    await ended(response)
    clearInterval(watch)
    // a client would keep its connection, and us, for the next request
    if (this.#draining) this.#server.closeIdleConnections()
    const { method = '', url = '' } = request
    const seconds = (performance.now() - start) / 1000
    const bytes = this.#count(socket)
    const cut = !response.writableFinished
    metrics.end({ method, resource: outcome.resource, status: cut ? 499 : response.statusCode, seconds, bytes })
    log.request({ remote, method, url, ...outcome, status: cut ? 499 : response.statusCode, seconds, bytes, request })
  }

  /** Since the last time: what comes with a header is read before there is a request. */
  #count(socket: Socket): Record<'in' | 'out', number> {
    const before = this.#counted.get(socket) ?? { in: 0, out: 0 }
    const now = { in: socket.bytesRead, out: bytesOut(socket) }
    this.#counted.set(socket, now)
    return { in: now.in - before.in, out: now.out - before.out }
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<Outcome> {
    const { health, metrics, guard } = this.#settings
    const of = (resource: Outcome['resource'], user: string | null = null): Outcome => ({
      resource,
      repository: null,
      user,
      error: null,
    })
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const path = request.url?.split('?')[0]
    if (isRead && path === '/healthz') {
      await this.#sayHealth(response, health)
      return of('health')
    }
    if (isRead && path === '/metrics') {
      send(response, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, metrics.text())
      return of('metrics')
    }
    if (path === '/token' && guard.token !== undefined) {
      return of('token', await guard.token(request, response, targetOf(request)[1]))
    }
    if (this.#draining) {
      sendRefusal(response, new Refusal('UNAVAILABLE', { message: 'it ends', headers: { 'retry-after': '5' } }))
      return of('none')
    }
    return dispatch(this.#settings, request, response)
  }

  async #sayHealth(response: http.ServerResponse, health: () => Promise<void>): Promise<void> {
    const well =
      !this.#draining &&
      (await health().then(
        () => true,
        () => false,
      ))
    const body = `${JSON.stringify({ status: well ? 'ok' : this.#draining ? 'ending' : 'storage unavailable' })}\n`
    send(response, well ? 200 : 503, { 'content-type': 'application/json' }, body)
  }
}

/** Sent, or broken off. */
const ended = (response: http.ServerResponse): Promise<void> =>
  response.writableFinished || response.closed
    ? Promise.resolve()
    : new Promise(resolve => response.once('close', () => resolve()))

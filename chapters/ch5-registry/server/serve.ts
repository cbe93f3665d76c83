/** A registry, put together: storage, repositories, whoever guards them, and the HTTP server; with what it does by itself. */

import type { AddressInfo } from 'node:net'
import { errnoOf, fail } from '#core/errors'
import { type Guard, openDoor } from './auth/guard.js'
import { mark } from './gc/all-there.js'
import { type AccessLog, accessLog, messageOf } from './http/log.js'
import { Metrics } from './http/metrics.js'
import { RegistryServer } from './http/server.js'
import { Leases } from './leases.js'
import { Caretaker } from './operation/caretaker.js'
import { Quota } from './quota.js'
import type { PullThrough, Registry } from './registry.js'
import { Repositories } from './repositories.js'
import type { Storage } from './storage/storage.js'
import { Uploads } from './upload/uploads.js'

export interface ServeSettings {
  readonly storage: Storage
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly guard?: Guard
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | null
  readonly readOnly?: boolean
  /** Bytes of a repository. */
  readonly quota?: number | null
  readonly log?: AccessLog
  /** Milliseconds between two rounds of garbage collection and upload purge; null: none. */
  readonly everyMs?: number | null
  /** What nobody names is kept as long, and an upload that nobody goes on with. */
  readonly graceMs?: number
  readonly uploadMs?: number
  readonly deleteUntagged?: boolean
  /** Of a slow client: for tests. */
  readonly idleMs?: number
  readonly headersMs?: number
  /** Makes the pull-through cache, which stores through the registry. */
  readonly proxy?: (registry: Omit<Registry, 'proxy'>) => PullThrough
}

export interface Serving {
  readonly address: AddressInfo
  readonly registry: Registry
  readonly caretaker: Caretaker
  /** What runs comes to its end, within that time. */
  close(graceMs: number): Promise<void>
}

export const HOUR_MS = 3_600_000

export async function serve(settings: ServeSettings): Promise<Serving> {
  const { storage, host, port, guard = openDoor, tls = null, log = accessLog('none', () => {}) } = settings
  const repositories = new Repositories(storage, new Leases())
  const uploads = new Uploads(storage)
  const quota = new Quota(repositories, settings.quota ?? null)
  const proxy = settings.proxy?.({ repositories, uploads, quota }) ?? null
  const registry: Registry = { repositories, uploads, quota, proxy }
  const metrics = new Metrics({ uploads_running: () => uploads.open })
  const caretaker = new Caretaker(registry, log, metrics, {
    graceMs: settings.graceMs ?? HOUR_MS,
    uploadMs: settings.uploadMs ?? 24 * HOUR_MS,
    deleteUntagged: settings.deleteUntagged ?? false,
  })
  const server = new RegistryServer({
    registry,
    guard,
    readOnly:
      proxy !== null
        ? 'this registry is a cache: push to where it gets its images'
        : settings.readOnly === true
          ? 'this registry is read-only'
          : null,
    tls,
    log,
    metrics,
    health: () => storage.check(),
    ...(settings.idleMs === undefined ? {} : { idleMs: settings.idleMs }),
    ...(settings.headersMs === undefined ? {} : { headersMs: settings.headersMs }),
  })
  const address = await server.listen(host, port).catch(cause => {
    const errno = errnoOf(cause) ?? messageOf(cause)
    const hint = errno === 'EADDRINUSE' ? 'another listens there: --listen names another port' : '--listen HOST:PORT'
    return fail('Unavailable', { what: `listen on '${host}:${port}'`, why: errno, hint, cause })
  })
  await mark(repositories).catch(error => log.event('mark', { error: messageOf(error) }))
  if (settings.everyMs != null) caretaker.begin(settings.everyMs)
  return {
    address,
    registry,
    caretaker,
    async close(graceMs) {
      await server.close(graceMs)
      await caretaker.end()
      await storage.close()
    },
  }
}

/** What a registry does by itself, every now and then: removes uploads that nobody goes on with, and garbage. */

import { MiniDockerError } from '#core/errors'
import { type Collection, collect } from '../gc/collect.js'
import { type AccessLog, messageOf } from '../http/log.js'
import type { Metrics } from '../http/metrics.js'
import type { Registry } from '../registry.js'

export interface Care {
  /** What nobody names or uses is kept for so long. */
  readonly graceMs: number
  /** An upload to which nothing comes is kept for so long. */
  readonly uploadMs: number
  readonly deleteUntagged: boolean
}

export class Caretaker {
  readonly #registry: Registry
  readonly #log: AccessLog
  readonly #metrics: Metrics
  readonly #care: Care
  #timer: NodeJS.Timeout | undefined
  #round: Promise<unknown> = Promise.resolve()

  constructor(registry: Registry, log: AccessLog, metrics: Metrics, care: Care) {
    this.#registry = registry
    this.#log = log
    this.#metrics = metrics
    this.#care = care
  }

  begin(everyMs: number): void {
    this.#timer = setInterval(() => void this.round(), everyMs).unref()
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#round
  }

  /** One at a time; what goes wrong is logged, and tried again the next time. */
  round(): Promise<Collection | null> {
    const round = this.#round.then(() =>
      this.#look().catch(error => {
        this.#log.event('garbage', { error: error instanceof MiniDockerError ? error.line : messageOf(error) })
        return null
      }),
    )
    this.#round = round
    return round
  }

  async #look(): Promise<Collection> {
    const { repositories, uploads, quota } = this.#registry
    const start = Date.now()
    const { graceMs, uploadMs, deleteUntagged } = this.#care
    const names = await repositories.names()
    const purged = await uploads.purge(names, start - uploadMs)
    const gone = await collect(repositories, { since: start - graceMs, deleteUntagged, dryRun: false })
    for (const name of names) quota.forget(name)
    const bytes = gone.blobs.reduce((sum, { size }) => sum + size, 0)
    this.#metrics.add('purged_uploads', purged)
    this.#metrics.add('collected_blobs', gone.blobs.length)
    this.#metrics.add('collected_bytes', bytes)
    const counts = { uploads: purged, manifests: gone.manifests.length, links: gone.links.length }
    this.#log.event('garbage', { ...counts, blobs: gone.blobs.length, bytes, ms: Date.now() - start })
    return gone
  }
}

/**
 * What pushes in progress rely on. Who pushes asks first which blobs are there, leaves those out, and names them all in a
 * manifest at the end: from the question on, garbage collection has to leave them alone, though nothing names them yet.
 *
 * `use` says that somebody relies on a blob, and waits for a removal that has begun: what it looks for afterwards is there to
 * stay, or gone. `remove` begins only when nobody has used it lately. Both decide in one step, without waiting in between.
 * It is kept in memory: after a start everything counts as used at that moment.
 */

import type { Digest } from '#core/spec/digest'

/** Beyond that many the oldest uses are forgotten, and all that is older than they were counts as used then. */
const MOST = 200_000

export class Leases {
  readonly #used = new Map<Digest, number>()
  readonly #held = new Map<Digest, number>()
  readonly #removals = new Map<Digest, Promise<unknown>>()
  readonly #now: () => number
  /** When all of those that are not in the map were used last, at the latest. */
  #floor: number

  constructor(now: () => number = Date.now) {
    this.#now = now
    this.#floor = now()
  }

  async use(...digests: readonly Digest[]): Promise<void> {
    const removals = digests.map(digest => {
      this.#used.delete(digest) // to the end of the map: that is in the order of their uses
      this.#used.set(digest, this.#now())
      return this.#removals.get(digest)
    })
    this.#forget()
    await Promise.all(removals)
  }

  /** Uses them for as long as the action takes, and at its end: what it writes last says that they are needed. */
  async hold<T>(digests: readonly Digest[], action: () => Promise<T>): Promise<T> {
    for (const digest of digests) this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1)
    try {
      await this.use(...digests)
      return await action()
    } finally {
      for (const digest of digests) {
        const others = this.#held.get(digest)! - 1
        if (others > 0) this.#held.set(digest, others)
        else this.#held.delete(digest)
      }
      void this.use(...digests)
    }
  }

  usedSince(digest: Digest, time: number): boolean {
    return this.#held.has(digest) || (this.#used.get(digest) ?? this.#floor) >= time
  }

  /** @returns null, and nothing is done, when somebody has used it since that time */
  remove<T>(digest: Digest, since: number, action: () => Promise<T>): Promise<T | null> {
    if (this.usedSince(digest, since) || this.#removals.has(digest)) return Promise.resolve(null)
    const removal = action().finally(() => this.#removals.delete(digest))
    this.#removals.set(
      digest,
      removal.catch(() => null),
    )
    return removal
  }

  #forget(): void {
    for (const [digest, time] of this.#used) {
      if (this.#used.size <= MOST) return
      this.#floor = Math.max(this.#floor, time)
      this.#used.delete(digest)
    }
  }
}

/**
 * Bytes that a repository may have: of its blobs, each counted in every repository that has it, and its manifests. What it
 * has is counted when it is first asked for, and kept from there on.
 */

import { refuse } from './refusal.js'
import type { Repositories } from './repositories.js'
import { blobKey } from './storage/layout.js'

export class Quota {
  readonly #repositories: Repositories
  /** Bytes; null: as many as the disk has. */
  readonly #limit: number | null
  readonly #used = new Map<string, Promise<{ bytes: number }>>()

  constructor(repositories: Repositories, limit: number | null) {
    this.#repositories = repositories
    this.#limit = limit
  }

  /** Bytes that still have room. */
  async room(name: string): Promise<number> {
    return this.#limit === null ? Number.MAX_SAFE_INTEGER : Math.max(0, this.#limit - (await this.#usedBy(name)).bytes)
  }

  /**
   * What the action adds counts from before it begins: of several at once only those go on that have room together.
   * @throws Refusal DENIED where they have none
   */
  async within<T>(name: string, bytes: number, action: () => Promise<T>): Promise<T> {
    if (this.#limit === null) return action()
    const used = await this.#usedBy(name)
    if (used.bytes + bytes > this.#limit) this.tooMuch(name)
    used.bytes += bytes
    try {
      return await action()
    } catch (error) {
      used.bytes -= bytes
      throw error
    }
  }

  tooMuch(name: string): never {
    return refuse('DENIED', {
      message: `repository '${name}' has a quota of ${this.#limit} bytes, and no room for more`,
    })
  }

  /** Something was removed: it is counted anew. */
  forget(name: string): void {
    this.#used.delete(name)
  }

  #usedBy(name: string): Promise<{ bytes: number }> {
    const known = this.#used.get(name)
    if (known !== undefined) return known
    const counted = this.#count(name)
    this.#used.set(name, counted)
    counted.catch(() => this.#used.delete(name))
    return counted
  }

  async #count(name: string): Promise<{ bytes: number }> {
    let bytes = 0
    const all = new Set([...(await this.#repositories.layers(name)), ...(await this.#repositories.revisions(name))])
    for (const digest of all) bytes += (await this.#repositories.storage.stat(blobKey(digest)))?.size ?? 0
    return { bytes }
  }
}

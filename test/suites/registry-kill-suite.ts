/**
 * SIGKILL of a registry at a random moment of pushes and of garbage collection. Afterwards all that was acknowledged is there, byte
 * by byte, and nothing is served that never came whole.
 */

import * as fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { errnoOf } from '#core/errors'
import { type Running, start } from '#support/cli'
import { ask, imageOf, pushBlob, putManifest, sha256 } from '#support/registry'
import { newWorld, nonce } from '#support/world'

interface Acknowledged {
  readonly name: string
  readonly tag: string
  readonly digest: string
  /** By digest. */
  readonly blobs: ReadonlyMap<string, string>
}

export class RegistryKillSuite {
  readonly world = newWorld()
  readonly root = this.world.path()
  readonly #flags: readonly string[]
  readonly #acknowledged = new Map<string, Acknowledged>()
  /** Of which only a part was ever sent. */
  readonly #never = new Set<string>()
  #server: Running | undefined
  #port = 0
  pushed = 0

  /** @param graceMs of garbage: short, and the collector always has something to do */
  constructor(graceMs: number) {
    const minutes = (ms: number): string => String(ms / 60_000)
    this.#flags = ['--gc-every', minutes(60), '--gc-grace', minutes(graceMs), '--log', 'none', '--delete-untagged']
  }

  async begin(): Promise<void> {
    const args = ['ch5', 'serve', '--listen', '127.0.0.1:0', '--root', this.root, ...this.#flags]
    this.#server = start(this.world, args, { seconds: 600 })
    this.#port = Number((await this.#server.says(/127\.0\.0\.1:(\d+)/))[1])
  }

  /** Pushes from all sides, and in the midst of it the end. */
  async kill(afterMs: number): Promise<void> {
    let running = true
    const pushers = ['a', 'b/c', 'd'].map(async name => {
      while (running) await this.#push(name)
    })
    await sleep(afterMs)
    this.#server!.child.kill('SIGKILL')
    running = false
    await this.#server!.done
    await Promise.all(pushers)
    await this.begin()
    await this.verify()
  }

  async verify(): Promise<void> {
    for (const { name, tag, digest, blobs } of this.#acknowledged.values()) {
      for (const reference of [tag, digest]) {
        const { status, body } = await ask(this.#port, 'GET', `/v2/${name}/manifests/${reference}`)
        assert.is(status, 200, `${name}:${reference}`)
        assert.is(sha256(body), digest)
      }
      for (const [blob, bytes] of blobs) {
        const { status, body } = await ask(this.#port, 'GET', `/v2/${name}/blobs/${blob}`)
        assert.is(status, 200, `${name}@${blob}`)
        assert.is(body.toString(), bytes)
      }
    }
    for (const digest of this.#never) {
      for (const name of ['a', 'b/c', 'd']) {
        assert.is((await ask(this.#port, 'HEAD', `/v2/${name}/blobs/${digest}`)).status, 404)
      }
    }
    // whatever has a digest for its name has the bytes, too; the collector goes on beside us
    for (const name of fs.readdirSync(`${this.root}/blobs/sha256`)) {
      const bytes = readIfThere(`${this.root}/blobs/sha256/${name}`)
      if (bytes !== null) assert.is(sha256(bytes), `sha256:${name}`)
    }
  }

  async end(): Promise<void> {
    this.#server!.child.kill('SIGTERM')
    assert.is((await this.#server!.done).code, 0)
  }

  /** An image takes the place of the last, which is garbage from there on; each in a way of its own. */
  async #push(name: string): Promise<void> {
    const tag = `t${Math.floor(Math.random() * 4)}`
    const key = `${name}:${tag}`
    const [config, whole, chunked] = [nonce(), nonce().repeat(2000), nonce().repeat(3000)]
    try {
      await this.#partOf(name)
      await pushBlob(this.#port, name, config)
      await pushBlob(this.#port, name, whole)
      await this.#inChunks(name, chunked)
      const image = imageOf(config, [whole, chunked])
      const before = this.#acknowledged.get(key)
      this.#acknowledged.delete(key) // from here on it is the one or the other
      const { status } = await putManifest(this.#port, name, tag, image.bytes)
      if (status !== 201) {
        if (before !== undefined) this.#acknowledged.set(key, before)
        return
      }
      const blobs = new Map([config, whole, chunked].map(bytes => [sha256(bytes), bytes]))
      this.#acknowledged.set(key, { name, tag, digest: image.digest, blobs })
      this.pushed++
    } catch {
      await sleep(5) // it has been killed
    }
  }

  async #inChunks(name: string, bytes: string): Promise<void> {
    const { headers } = await ask(this.#port, 'POST', `/v2/${name}/blobs/uploads/`)
    for (let at = 0; at < bytes.length; at += 20_000) {
      await ask(this.#port, 'PATCH', headers.location!, { body: bytes.slice(at, at + 20_000) })
    }
    await ask(this.#port, 'PUT', `${headers.location}?digest=${sha256(bytes)}`)
  }

  /** Sends less than all of it, under the digest of all. */
  async #partOf(name: string): Promise<void> {
    const bytes = nonce().repeat(500)
    this.#never.add(sha256(bytes))
    const { headers } = await ask(this.#port, 'POST', `/v2/${name}/blobs/uploads/`)
    await ask(this.#port, 'PATCH', headers.location!, { body: bytes.slice(0, 5000) })
    if (Math.random() < 0.5) await ask(this.#port, 'PUT', `${headers.location}?digest=${sha256(bytes)}`)
  }
}

function readIfThere(path: string): Buffer | null {
  try {
    return fs.readFileSync(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

/**
 * Clients of a registry that do nothing but push and pull, in the requests that Docker's sends, by node's own means: no
 * digest is computed and nothing is written, so that what is measured is the registry.
 */

import { createHash, randomBytes } from 'node:crypto'
import * as http from 'node:http'
import * as net from 'node:net'
import { mediaTypes } from '#core/spec/image'

export interface Blob {
  readonly digest: string
  /** Pieces of it: what many blobs have in common is in memory once. */
  readonly bytes: readonly Buffer[]
  readonly size: number
}

export interface BenchImage {
  /** Layers and config. */
  readonly blobs: readonly Blob[]
  readonly manifest: Buffer
}

/** As `docker` pushes, and the pulls of `skopeo` and `podman`; a connection each. */
const AT_ONCE = 5

function blobOf(...bytes: readonly Buffer[]): Blob {
  const hash = createHash('sha256')
  for (const piece of bytes) hash.update(piece)
  return { bytes, digest: `sha256:${hash.digest('hex')}`, size: bytes.reduce((sum, { length }) => sum + length, 0) }
}

/** Random bytes, for layers of `newImage`. */
export const newLayers = (layers: number, bytes: number): readonly Buffer[] =>
  Array.from({ length: layers }, () => randomBytes(bytes - OWN))
/** Bytes of a layer that no other has. */
const OWN = 16

/** An image that nobody has yet, though others share the most of its bytes. */
export function newImage(layers: readonly Buffer[]): BenchImage {
  const all = layers.map(layer => blobOf(randomBytes(OWN), layer))
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: all.map(({ digest }) => digest) },
      }),
    ),
  )
  const descriptor = (mediaType: string, { digest, size }: Blob) => ({ mediaType, digest, size })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: descriptor(mediaTypes.config, config),
      layers: all.map(layer => descriptor(mediaTypes.layer, layer)),
    }),
  )
  return { blobs: [...all, config], manifest }
}

export class BenchClient {
  readonly #at: { readonly host: string; readonly port: number; readonly agent: http.Agent }

  constructor(port: number) {
    this.#at = { host: '127.0.0.1', port, agent: new http.Agent({ keepAlive: true, maxSockets: AT_ONCE }) }
  }

  end(): void {
    this.#at.agent.destroy()
  }

  async push(repository: string, { blobs, manifest }: BenchImage): Promise<void> {
    await eachOf(blobs, async ({ digest, bytes }) => {
      await this.#ask('HEAD', `/v2/${repository}/blobs/${digest}`, 404)
      let location = await this.#ask('POST', `/v2/${repository}/blobs/uploads/`, 202)
      location = await this.#ask('PATCH', location, 202, bytes)
      await this.#ask('PUT', `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`, 201)
    })
    await this.#ask('PUT', `/v2/${repository}/manifests/1`, 201, [manifest], mediaTypes.manifest)
  }

  /** @throws when what comes is shorter than it was */
  async pull(repository: string, { blobs }: BenchImage): Promise<void> {
    await this.#ask('GET', `/v2/${repository}/manifests/1`, 200)
    const connections = Array.from({ length: AT_ONCE }, () => new Connection(this.#at.port))
    await eachOf(blobs, async ({ digest, size }, turn) => {
      const got = await connections[turn]!.get(`/v2/${repository}/blobs/${digest}`)
      if (got !== size) throw new Error(`${digest}: ${got} bytes`)
    })
    for (const connection of connections) connection.end()
  }

  /** @returns where it says to go on */
  #ask(
    method: string,
    target: string,
    status: number,
    body: readonly Buffer[] = [],
    type = 'application/octet-stream',
  ): Promise<string> {
    const { pathname, search } = new URL(target, 'http://localhost')
    const headers = {
      accept: mediaTypes.manifest,
      ...(method === 'GET' || method === 'HEAD'
        ? {}
        : { 'content-length': body.reduce((sum, { length }) => sum + length, 0) }),
      ...(body.length === 0 ? {} : { 'content-type': type }),
    }
    return new Promise((resolve, reject) => {
      const request = http.request({ ...this.#at, method, path: pathname + search, headers }, response => {
        response.resume()
        response.on('error', reject)
        response.on('end', () => {
          if (response.statusCode === status) resolve(response.headers.location ?? '')
          else reject(new Error(`${method} ${target}: ${response.statusCode}`))
        })
      })
      request.on('error', cause =>
        reject(new Error(`${method} ${target} of port ${this.#at.port}: ${cause.message}`, { cause })),
      )
      for (const piece of body) request.write(piece)
      request.end()
    })
  }
}

/**
 * Gets one thing after the other, and looks only at how long it is: read into one buffer, for a client that made a new one of
 * each piece would take longer than the registry.
 */
class Connection {
  readonly #socket: net.Socket
  #head = ''
  #left = -1
  #length = 0
  #done: (got: number) => void = () => undefined
  #failed: (error: Error) => void = () => undefined

  constructor(port: number) {
    const onread = { buffer: Buffer.allocUnsafe(1 << 20), callback: this.#take }
    this.#socket = net.connect({ host: '127.0.0.1', port, noDelay: true, onread })
    this.#socket.on('error', error => this.#failed(error))
    this.#socket.on('close', () => this.#failed(new Error('the connection ended')))
  }

  end(): void {
    this.#socket.destroy()
  }

  /** @returns bytes of the body */
  get(path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#head = ''
      this.#left = -1
      this.#done = resolve
      this.#failed = reject
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`)
    })
  }

  readonly #take = (length: number, buffer: Uint8Array): boolean => {
    this.#left = this.#left >= 0 ? this.#left - length : this.#readHead(Buffer.from(buffer.subarray(0, length)))
    if (this.#left === 0) this.#done(this.#length)
    return true
  }

  /** @returns what is still to come; -1: of the head */
  #readHead(bytes: Buffer): number {
    this.#head += bytes.toString('latin1')
    const end = this.#head.indexOf('\r\n\r\n')
    if (end < 0) return -1
    const head = this.#head.slice(0, end)
    this.#length = Number(/^content-length: (\d+)$/im.exec(head)?.[1])
    if (!head.startsWith('HTTP/1.1 200')) this.#failed(new Error(head.split('\r\n')[0]!))
    return this.#length - (this.#head.length - end - 4)
  }
}

/** @param action is told which of those at once it is */
async function eachOf<T>(all: readonly T[], action: (one: T, turn: number) => Promise<void>): Promise<void> {
  const rest = [...all]
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, turn) => {
      for (let one = rest.shift(); one !== undefined; one = rest.shift()) await action(one, turn)
    }),
  )
}

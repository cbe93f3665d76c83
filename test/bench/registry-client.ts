/**
 * Clients of a registry that do nothing but push and pull, in the requests that Docker's sends, over node:http: no digest is
 * computed and nothing is written, so that what is measured is the registry.
 */

import { createHash, randomBytes } from 'node:crypto'
import * as http from 'node:http'
import { mediaTypes } from '#core/spec/image'

export interface Blob {
  readonly digest: string
  readonly bytes: Buffer
}

export interface BenchImage {
  /** Layers and config. */
  readonly blobs: readonly Blob[]
  readonly manifest: Buffer
}

/** As `docker` pushes, and the pulls of `skopeo` and `podman`; a connection each. */
const AT_ONCE = 5

const blobOf = (bytes: Buffer): Blob => ({
  bytes,
  digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
})

/** Random layers, that nobody has yet. */
export function newImage(layers: number, layerBytes: number): BenchImage {
  const all = Array.from({ length: layers }, () => blobOf(randomBytes(layerBytes)))
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
  const descriptor = (mediaType: string, { digest, bytes }: Blob) => ({ mediaType, digest, size: bytes.length })
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
    await this.#ask('PUT', `/v2/${repository}/manifests/1`, 201, manifest, mediaTypes.manifest)
  }

  /** @throws when what comes is shorter than it was */
  async pull(repository: string, { blobs }: BenchImage): Promise<void> {
    await this.#ask('GET', `/v2/${repository}/manifests/1`, 200)
    await eachOf(blobs, async ({ digest, bytes }) => {
      await this.#ask('GET', `/v2/${repository}/blobs/${digest}`, 200, undefined, undefined, bytes.length)
    })
  }

  /** @returns where it says to go on */
  #ask(method: string, target: string, status: number, body?: Buffer, type?: string, length?: number): Promise<string> {
    const { pathname, search } = new URL(target, 'http://localhost')
    const headers = {
      accept: mediaTypes.manifest,
      ...(method === 'GET' || method === 'HEAD' ? {} : { 'content-length': body?.length ?? 0 }),
      ...(body === undefined ? {} : { 'content-type': type ?? 'application/octet-stream' }),
    }
    return new Promise((resolve, reject) => {
      const request = http.request({ ...this.#at, method, path: pathname + search, headers }, response => {
        let got = 0
        response.on('data', (chunk: Buffer) => {
          got += chunk.length
        })
        response.on('error', reject)
        response.on('end', () => {
          const isRight = response.statusCode === status && (length === undefined || got === length)
          if (isRight) resolve(response.headers.location ?? '')
          else reject(new Error(`${method} ${target}: ${response.statusCode}, ${got} bytes`))
        })
      })
      request.on('error', cause =>
        reject(new Error(`${method} ${target} of port ${this.#at.port}: ${cause.message}`, { cause })),
      )
      request.end(body)
    })
  }
}

async function eachOf<T>(all: readonly T[], action: (one: T) => Promise<void>): Promise<void> {
  const rest = [...all]
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let one = rest.shift(); one !== undefined; one = rest.shift()) await action(one)
    }),
  )
}

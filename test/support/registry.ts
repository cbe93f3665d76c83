/** A registry under test, in this process, and requests to it by node:http alone: none of our client is between. */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as http from 'node:http'
import * as os from 'node:os'
import * as path from 'node:path'
import { type ServeSettings, type Serving, serve } from '#chapters/ch5-registry/server/serve'
import { FileSystemStorage } from '#chapters/ch5-registry/server/storage/file-system'
import { mediaTypes } from '#core/spec/image'

export interface TestRegistry extends Serving {
  readonly root: string
  readonly port: number
}

export const sha256 = (bytes: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const roots: string[] = []
process.on('exit', () => {
  for (const root of roots) fs.rmSync(root, { recursive: true, force: true })
})

export function newRoot(): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'mini-docker-registry-'))
  roots.push(root)
  return root
}

export async function newRegistry(settings: Partial<ServeSettings> = {}, root = newRoot()): Promise<TestRegistry> {
  const storage = new FileSystemStorage(root)
  const serving = await serve({ storage, host: '127.0.0.1', port: 0, ...settings })
  return Object.assign(serving, { root, port: serving.address.port })
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: whatever a server says
  readonly json: any
  /** The first error's code. */
  readonly code: string | undefined
}

export interface Ask {
  readonly headers?: http.OutgoingHttpHeaders
  readonly body?: string | Uint8Array
  /** Without a length. */
  readonly streamed?: true
  readonly user?: string
  readonly token?: string
}

export function ask(
  port: number,
  method: string,
  target: string,
  { headers, body, streamed, user, token }: Ask = {},
): Promise<Answer> {
  const authorization =
    user !== undefined
      ? { authorization: `Basic ${Buffer.from(user).toString('base64')}` }
      : token !== undefined
        ? { authorization: `Bearer ${token}` }
        : {}
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: target,
        agent: false,
        headers: {
          ...(body === undefined || streamed === true ? {} : { 'content-length': Buffer.byteLength(body) }),
          ...authorization,
          ...headers,
        },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const whole = Buffer.concat(chunks)
          const json = jsonOf(whole)
          const code = json?.errors?.[0]?.code
          resolve({ status: response.statusCode!, headers: response.headers, body: whole, json, code })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a server says
function jsonOf(bytes: Buffer): any {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

export async function pushBlob(
  port: number,
  name: string,
  bytes: string | Uint8Array,
  more: Ask = {},
): Promise<string> {
  const digest = sha256(bytes)
  const answer = await ask(port, 'POST', `/v2/${name}/blobs/uploads/?digest=${digest}`, { ...more, body: bytes })
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`)
  return digest
}

export interface Made {
  readonly bytes: string
  readonly digest: string
}

export const descriptorOf = (mediaType: string, bytes: string | Uint8Array) => ({
  mediaType,
  digest: sha256(bytes),
  size: Buffer.byteLength(bytes),
})

export function imageOf(config: string, layers: readonly (string | Uint8Array)[], more: object = {}): Made {
  const bytes = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptorOf(mediaTypes.config, config),
    layers: layers.map(layer => descriptorOf(mediaTypes.layerGzip, layer)),
    ...more,
  })
  return { bytes, digest: sha256(bytes) }
}

export const putManifest = (
  port: number,
  name: string,
  reference: string,
  bytes: string,
  more: Ask = {},
  type: string = mediaTypes.manifest,
): Promise<Answer> =>
  ask(port, 'PUT', `/v2/${name}/manifests/${reference}`, { ...more, body: bytes, headers: { 'content-type': type } })

/** A small image with its blobs, under a tag. */
export async function pushImage(port: number, name: string, tag: string, seed: string, more: Ask = {}): Promise<Made> {
  const [config, layer] = [JSON.stringify({ seed }), `layer of ${seed}`]
  await pushBlob(port, name, config, more)
  await pushBlob(port, name, layer, more)
  const image = imageOf(config, [layer])
  const answer = await putManifest(port, name, tag, image.bytes, more)
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`)
  return image
}

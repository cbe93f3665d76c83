/** A registry in this process with one image in it, whose layer comes as a check likes it to come. */

import { createHash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Room } from '#labs/runner/room/room'
import { archive } from './room-images.js'

export interface PlayedImage {
  readonly name: string
  readonly layer: Buffer
  readonly digest: string
  /** The Range header of each request for the layer. */
  readonly ranges: readonly (string | undefined)[]
}
export interface Sent {
  readonly status: number
  readonly headers?: http.OutgoingHttpHeaders
  readonly body: Uint8Array
  /** The connection ends behind so many bytes of the body. */
  readonly cutAt?: number
}

const sha = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** @param send what is sent for the layer: its bytes, the first of them that is asked for, which request it is */
export async function playing<T>(
  room: Room,
  send: (layer: Buffer, first: number, request: number) => Sent,
  use: (image: PlayedImage) => Promise<T>,
): Promise<T> {
  const tree = `${room.scratch}/${room.nonce()}`
  fs.mkdirSync(tree)
  fs.writeFileSync(`${tree}/noise`, randomBytes(200_000))
  const layer = fs.readFileSync(archive(room, tree))
  const digest = sha(layer)
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digest] },
    }),
  )
  const type = 'application/vnd.oci.image'
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${type}.manifest.v1+json`,
      config: { mediaType: `${type}.config.v1+json`, digest: sha(config), size: config.length },
      layers: [{ mediaType: `${type}.layer.v1.tar`, digest, size: layer.length }],
    }),
  )
  const ranges: (string | undefined)[] = []
  const server = http.createServer((request, response) => {
    const url = request.url!
    const all = (body: Buffer, mediaType: string): void => {
      const headers = { 'content-type': mediaType, 'content-length': body.length, 'docker-content-digest': sha(body) }
      response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : body)
    }
    if (url === '/v2/') return all(Buffer.from('{}'), 'application/json')
    if (url.includes('/manifests/')) return all(manifest, `${type}.manifest.v1+json`)
    if (url.endsWith(sha(config))) return all(config, 'application/octet-stream')
    if (!url.endsWith(digest)) return void response.writeHead(404).end()
    ranges.push(request.headers.range)
    const first = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const { status, headers = {}, body, cutAt } = send(layer, first, ranges.length - 1)
    response.writeHead(status, { 'content-length': body.length, ...headers })
    if (cutAt === undefined) return void response.end(body)
    response.write(body.subarray(0, cutAt), () => setTimeout(() => request.socket.destroy(), 20))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    return await use({ name: `${host}/${room.nonce()}/${room.nonce()}:${room.nonce()}`, layer, digest, ranges })
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

/** The rest of the layer, as a registry sends it that knows ranges. */
export function rest(layer: Buffer, first: number): Sent {
  if (first === 0) return { status: 200, body: layer }
  if (first >= layer.length) return { status: 416, body: Buffer.alloc(0) }
  const headers = { 'content-range': `bytes ${first}-${layer.length - 1}/${layer.length}` }
  return { status: 206, headers, body: layer.subarray(first) }
}

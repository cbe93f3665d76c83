/** What a registry has after a push with ch5/chunked-push, when it cuts chunks off, or takes only a part of them. */

import { createHash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'
import { differ } from '../support/answers.js'
import { archive, well } from '../support/room-images.js'
import { ended } from '../support/room-registry.js'

const sha = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
/** More than goes in one request. */
const BYTES = 6 << 20

interface Taken {
  readonly blobs: ReadonlyMap<string, Buffer>
  /** Of each PATCH: the first byte, and how many were kept. */
  readonly chunks: readonly { readonly first: number; readonly kept: number }[]
}

/** @param keep of a chunk so many bytes @param isCut whether its connection ends then */
async function taking<T>(
  keep: (length: number, index: number) => number,
  isCut: (index: number) => boolean,
  use: (host: string, taken: Taken) => Promise<T>,
): Promise<T> {
  const blobs = new Map<string, Buffer>()
  const chunks: { first: number; kept: number }[] = []
  const uploads = new Map<string, Buffer>()
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const url = new URL(request.url!, 'http://registry')
      const body = Buffer.concat(parts)
      const status = (code: number, headers: http.OutgoingHttpHeaders = {}) =>
        void response.writeHead(code, headers).end()
      if (url.pathname === '/v2/') return status(200)
      if (url.pathname.includes('/manifests/')) {
        return status(request.method === 'PUT' ? 201 : 404, { 'docker-content-digest': sha(body) })
      }
      if (request.method === 'HEAD') return status(blobs.has(url.pathname.split('/').at(-1)!) ? 200 : 404)
      if (request.method === 'POST') {
        const id = String(uploads.size)
        uploads.set(id, Buffer.alloc(0))
        return status(202, { location: `${url.pathname}${id}` })
      }
      const id = url.pathname.split('/').at(-1)!
      const has = uploads.get(id)
      if (has === undefined) return status(404)
      const range = { location: url.pathname, range: `0-${Math.max(0, has.length - 1)}` }
      if (request.method === 'GET') return status(204, range)
      const first = Number(/^(\d+)-/.exec(String(request.headers['content-range'] ?? has.length))?.[1] ?? has.length)
      if (first !== has.length) return status(416, range)
      if (request.method === 'PUT') {
        const whole = Buffer.concat([has, body])
        const digest = url.searchParams.get('digest')!
        if (sha(whole) !== digest) return status(400)
        blobs.set(digest, whole)
        return status(201, { location: url.pathname })
      }
      const index = chunks.length
      const kept = Math.min(body.length, Math.max(1, keep(body.length, index)))
      chunks.push({ first, kept })
      const now = Buffer.concat([has, body.subarray(0, kept)])
      uploads.set(id, now)
      if (isCut(index)) return void request.socket.destroy()
      return status(202, { location: url.pathname, range: `0-${now.length - 1}` })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`127.0.0.1:${(server.address() as AddressInfo).port}`, { blobs, chunks })
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

/** @returns null when the registry has the layer in the end */
async function push(room: Room, host: string, { blobs, chunks }: Taken): Promise<Failure | null> {
  const tree = `${room.scratch}/${room.nonce()}`
  fs.mkdirSync(tree)
  fs.writeFileSync(`${tree}/noise`, randomBytes(BYTES))
  const name = `${host}/${room.nonce()}/${room.nonce()}:${room.nonce()}`
  well(room.run(['ch4', 'import', '--quiet', archive(room, tree), name]), 'ch4 import')
  const ran = await ended(room.begin(['ch5', 'push', '--quiet', name]))
  if (ran.code !== 0) return differ('the push ends well', said(ran))
  if (chunks.length === 0) return differ('a layer of 6 MiB goes in chunks', 'there was none')
  const largest = Math.max(0, ...[...blobs.values()].map(blob => blob.length))
  return largest >= BYTES / 2 ? null : differ('the registry has the layer', `its largest blob has ${largest} bytes`)
}

export const cutAndGoneOn = (room: Room): Promise<Failure | null> =>
  taking(
    (length, index) => (index === 0 ? length / 2 : length),
    index => index === 0,
    async (host, taken) => {
      const failure = await push(room, host, taken)
      if (failure !== null) return failure
      const [one, two] = taken.chunks
      return two?.first === one!.kept
        ? null
        : differ(`the second chunk begins at ${one!.kept}`, `it begins at ${two?.first ?? 'no place: there is none'}`)
    },
  )

export const takesLess = (room: Room): Promise<Failure | null> =>
  taking(
    length => (length > 100_000 ? Math.floor(length / 2) : length),
    () => false,
    (host, taken) => push(room, host, taken),
  )

/** Answers, as far as they are all alike. A HEAD has the headers of a GET and no body: node:http sees to that. */

import type { ServerResponse } from 'node:http'
import { errorBody } from '../../protocol/errors.js'
import { Cut, type Refusal } from '../refusal.js'

type Headers = Readonly<Record<string, string | number>>

export function send(response: ServerResponse, status: number, headers: Headers, body: string | Uint8Array = ''): void {
  const length = status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, { ...length, ...headers })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

export function sendJson(response: ServerResponse, value: unknown, headers: Headers = {}): void {
  send(response, 200, { 'content-type': 'application/json', ...headers }, `${JSON.stringify(value)}\n`)
}

export function sendRefusal(response: ServerResponse, { code, message, detail, status, headers }: Refusal): void {
  const error = detail === undefined ? { code, message } : { code, message, detail }
  send(response, status, { 'content-type': 'application/json', ...headers }, errorBody(error))
}

/**
 * A body whose headers are written.
 * @throws Cut when the client has gone; Error when there are not as many bytes as were promised
 */
export async function sendChunks(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): Promise<void> {
  let sent = 0
  for await (const chunk of chunks) {
    await written(response, chunk)
    sent += chunk.length
  }
  if (sent !== length) throw new Error(`${sent} bytes are there of ${length}`)
  response.end()
}

/** Handed to the kernel: the chunk's memory may be used again. */
const written = (response: ServerResponse, chunk: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    const cut = (): void => reject(new Cut('the connection ended'))
    if (response.destroyed) return cut()
    response.once('close', cut)
    response.write(chunk, error => {
      response.off('close', cut)
      if (error == null) resolve()
      else cut()
    })
  })

/** Whether the client has it already. Source: RFC 9110, 13.1.2. */
export const hasAlready = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some(one => one.trim().replace(/^W\//, '') === etag || one.trim() === '*') === true

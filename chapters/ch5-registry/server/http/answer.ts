/** Answers, as far as they are all alike. A HEAD has the headers of a GET and no body: node:http sees to that. */

import type { ServerResponse } from 'node:http'
import { errorBody } from '../../protocol/errors.js'
import type { Refusal } from '../refusal.js'
import type { Bytes } from '../storage/storage.js'
import { plainSocket, sendFile } from './send-file.js'
import { written } from './written.js'

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
export async function sendBytes(response: ServerResponse, bytes: Bytes, length: number): Promise<void> {
  const fd = bytes.file === undefined ? null : plainSocket(response, length)
  if (fd !== null) return sendFile(response, bytes.file!, fd)
  let sent = 0
  for await (const chunk of bytes) {
    await written(response, response, chunk)
    sent += chunk.length
  }
  if (sent !== length) throw new Error(`${sent} bytes are there of ${length}`)
  response.end()
}

/** Whether the client has it already. Source: RFC 9110, 13.1.2. */
export const hasAlready = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some(one => one.trim().replace(/^W\//, '') === etag || one.trim() === '*') === true

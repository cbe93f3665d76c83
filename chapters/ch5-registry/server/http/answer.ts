/** Answers, as far as they are all alike. A HEAD has the headers of a GET and no body: node:http sees to that. */

import type { ServerResponse } from 'node:http'
import { errorBody } from '../../protocol/errors.js'
import type { Refusal } from '../refusal.js'

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

/** Whether the client has it already. Source: RFC 9110, 13.1.2. */
export const hasAlready = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some(one => one.trim().replace(/^W\//, '') === etag || one.trim() === '*') === true

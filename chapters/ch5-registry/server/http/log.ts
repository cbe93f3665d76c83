/** One line for each request, on stderr: for people, or JSON for machines. Nothing of a credential is in it. */

import type { IncomingMessage } from 'node:http'
import type { Outcome } from './dispatch.js'

export interface Line extends Outcome {
  readonly remote: string
  readonly method: string
  readonly url: string
  readonly status: number
  readonly seconds: number
  readonly bytes: { readonly in: number; readonly out: number }
  readonly request: IncomingMessage
}

export interface AccessLog {
  request(line: Line): void
  /** What the registry does by itself. */
  event(name: string, more: Readonly<Record<string, unknown>>): void
}

export type LogKind = 'text' | 'json' | 'none'

export function accessLog(kind: LogKind, write: (text: string) => void, now: () => Date = () => new Date()): AccessLog {
  if (kind === 'none') return { request: () => {}, event: () => {} }
  const record = kind === 'json' ? json : text
  const put = (level: string, name: string, fields: Readonly<Record<string, unknown>>): void =>
    write(`${record(now().toISOString(), level, name, fields)}\n`)
  return {
    request({ remote, method, url, resource, repository, user, status, seconds, bytes, request, error }) {
      put(status >= 500 ? 'error' : 'info', 'request', {
        remote,
        user,
        method,
        path: url.slice(0, 1000),
        status,
        resource,
        repository,
        in: bytes.in,
        out: bytes.out,
        ms: Math.round(seconds * 1e4) / 10,
        agent: request.headers['user-agent']?.slice(0, 200) ?? null,
        ...(error == null ? {} : { error: messageOf(error) }),
      })
    },
    event: (name, more) => put('error' in more ? 'error' : 'info', name, more),
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const json = (time: string, level: string, event: string, fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ time, level, event, ...fields })

/** Whatever a client sends: no control character of it reaches the terminal. */
const printable = (value: unknown): string => {
  const all = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\x21\x23-\x7e]+$/.test(all) ? all : JSON.stringify(all).replace(/[\x7f-\u{10ffff}]/gu, '?')
}

function text(time: string, _level: string, event: string, fields: Readonly<Record<string, unknown>>): string {
  if (event === 'request') {
    const { remote, user, method, path, status, in: received, out: sent, ms, error } = fields
    const who = `${remote} ${printable(user ?? '-')}`
    const failed = error === undefined ? '' : ` ${printable(error)}`
    return `${time} ${who} ${printable(method)} ${printable(path)} ${status} in=${received} out=${sent} ${ms}ms${failed}`
  }
  return [time, event, ...Object.entries(fields).map(([key, value]) => `${key}=${printable(value)}`)].join(' ')
}

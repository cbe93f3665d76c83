/** What a registry in memory saw of a request, and how it may misbehave. */

import { createHash } from 'node:crypto'
import type * as http from 'node:http'

export interface Seen {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: http.IncomingHttpHeaders
  /** Bytes of bodies. */
  received: number
  sent: number
  status: number
}

export interface Fault {
  /** The connection ends after so many bytes of the request's body, of which the registry keeps what it has. */
  readonly cutRequestAt?: number
  /** The connection ends after so many bytes of the answer's body; 0: before there is an answer. */
  readonly cutAt?: number
  /** So many bytes of the answer's body are sent, and then nothing more, ever. */
  readonly stallAt?: number
  /** This is the answer. */
  readonly answer?: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  }
  /** In place of the body that belongs there. */
  readonly body?: (bytes: Buffer) => Buffer
  /** undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Milliseconds. */
  readonly delay?: number
  /** Whatever was asked for, all of it is sent. */
  readonly ignoresRanges?: true
}

export const sha = (bytes: Uint8Array | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A request and its answer, as the rest of the client sees them: plain data, and a body that can be read once. */

import type { Method } from '../../protocol/routes.js'

/** Made anew for each try: what was sent in part is sent from its beginning. */
export type Body = Uint8Array | (() => AsyncIterable<Uint8Array>)

export interface Ask {
  readonly method: Method
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Body
}

/** What can be decided on. */
export interface Head {
  readonly status: number
  /** Names in lower case; of a header that came several times all values, with commas. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Answer extends Head {
  /** Where it came from, after redirects. */
  readonly url: string
  /** Its bytes, once. */
  readonly body: AsyncIterable<Uint8Array>
  /** The whole body. @throws MiniDockerError FailedPrecondition when it is longer than `limit` bytes */
  read(limit: number): Promise<Buffer>
  /** Nobody reads it: the connection is free for the next. */
  drop(): Promise<void>
}

export const originOf = (url: string): string => new URL(url).origin

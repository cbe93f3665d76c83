/** What test/support/record/registry.ts writes: requests and answers of real pulls and pushes, as the client saw them. */

import type { Method } from '#chapters/ch5-registry/protocol/routes'

export type SceneName = 'pull' | 'pull-cut' | 'pull-lie' | 'push' | 'push-cut'

export interface Exchange {
  readonly method: Method
  readonly url: string
  /** Of the request, those that matter. */
  readonly ask: Readonly<Record<string, string>>
  /** null: the connection ended before there was an answer. */
  readonly status: number | null
  /** Of the answer, those that matter. */
  readonly answer: Readonly<Record<string, string>>
  /** Bytes of the body that came. */
  readonly got: number
  /** The body, where it is a document. */
  readonly body?: string
  /** The digest of the bytes that came, where they are a blob's or a manifest's. */
  readonly digest?: string
  /** The connection ended before the body did. */
  readonly cut?: true
}

export interface Scene {
  readonly name: SceneName
  readonly typed: string
  /** Documents that the client has before it begins, the one that names the others first. */
  readonly here: readonly string[]
  readonly exchanges: readonly Exchange[]
  /** null: it went well; else the line that was printed. */
  readonly error: string | null
}

export interface RegistryData {
  readonly version: 1
  readonly scenes: readonly Scene[]
}

/** The host that is written in the place of this machine's. */
export const host = 'registry.example'
/** Who pushes: nobody's password, and everybody can read it in `Basic`. */
export const who = { user: 'ann', password: 'secret' } as const
/** What client/transfer/push-blob.ts uses: up to `whole` bytes go in one request, more in chunks. */
export const sizes = { whole: 4 << 20, chunk: 32 << 20 } as const

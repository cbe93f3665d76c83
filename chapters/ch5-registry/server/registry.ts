/** What an endpoint works with. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Match, Method } from '../protocol/routes.js'
import type { Access } from './auth/access.js'
import type { Quota } from './quota.js'
import type { Repositories } from './repositories.js'
import type { Uploads } from './upload/uploads.js'

export interface Registry {
  readonly repositories: Repositories
  readonly uploads: Uploads
  readonly quota: Quota
  readonly proxy: PullThrough | null
}

/** Where what is not here is got from. */
export interface PullThrough {
  /** Sees to it that this manifest is here, as new as it is there; says nothing when it is at neither place. */
  obtainManifest(name: string, reference: string): Promise<void>
  /** Sees to it that the blob is here. */
  obtainBlob(name: string, digest: string): Promise<void>
}

export interface Exchange extends Match {
  readonly method: Method
  readonly query: URLSearchParams
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly access: Access
}

export type Endpoint = (registry: Registry, exchange: Exchange) => Promise<void>

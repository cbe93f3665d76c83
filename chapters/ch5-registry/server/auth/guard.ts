/** Who stands at the door: says who a request is of and whether it may, or with what challenge to come again. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Action, Resource } from '../../protocol/routes.js'
import { type Access, everything } from './access.js'

export interface Guard {
  /**
   * @param action null: whoever is known may
   * @throws Refusal UNAUTHORIZED with a challenge, DENIED
   */
  admit(request: IncomingMessage, resource: Resource, name: string, action: Action | null): Promise<Access>
  /** Gives out tokens, where it does that. */
  readonly token?: (
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
  ) => Promise<string | null>
}

export const openDoor: Guard = { admit: async () => everything }

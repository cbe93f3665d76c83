/** Who asks, and what that one may: the one question that endpoints put to all kinds of authentication. */

import type { Action } from '../../protocol/routes.js'

export interface Access {
  /** For the log; null: nobody in particular. */
  readonly user: string | null
  may(action: Action, repository: string): boolean
  /** Whether it may ask for the list of repositories at all; those that it may not pull are left out. */
  readonly mayList: boolean
}

/** A registry that asks nobody. */
export const everything: Access = { user: null, may: () => true, mayList: true }

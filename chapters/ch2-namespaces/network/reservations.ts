/** What `--net` reserves before there is a plan, and how that is given back. */

import type { HostStep } from '#core/plan/step'
import type { Facts } from '#core/sys/facts'

export type NetworkMode = 'none' | 'host' | 'bridge'

export const bridgeResource = 'bridge'

/** Root of a user namespace may not lay a cable into the host's network: it is helped as an ordinary user is. */
export const ownsHostNetwork = ({ uid, userNamespace }: Pick<Facts, 'uid' | 'userNamespace'>): boolean =>
  uid === 0 && userNamespace.initial

/** What to undo of a container whose creator dies between reserving and planning: for its first record. */
export const reservationsOf = ({
  mode,
  id,
  facts,
}: {
  readonly mode: NetworkMode
  readonly id: string
  readonly facts: Pick<Facts, 'uid' | 'userNamespace'>
}): HostStep[] =>
  mode === 'bridge' && ownsHostNetwork(facts)
    ? [
        {
          op: 'release',
          resource: bridgeResource,
          user: id,
          phase: 'prepare',
          by: 'ch2.bridge',
          why: 'the address was reserved before there was a plan',
        },
      ]
    : []

/** The cable of a container that runs: whether it has one, and what the host's end of it is called. */

import type { ContainerRecord } from '#core/exec/state'
import { bridgeResource } from './reservations.js'
import { vethName } from './veth-name.js'

/** The host's end; null: it is not on the bridge. Who is has an address to give back. */
export const cableOf = ({ id, undo }: ContainerRecord): string | null =>
  undo.some(step => step.op === 'release' && step.resource === bridgeResource) ? vethName(id) : null

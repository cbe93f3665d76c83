/** The state of a container, as hooks and `state` are told it. Source: runtime.md "State". */

import type { ContainerRecord } from '#core/exec/state'
import { ociVersion, type Spec } from '#core/spec/runtime'
import type { State } from './reduce.js'

/** Without a pid: that of a container that is being made is not known yet. */
export const stateOf = (
  { id, bundle = '' }: Pick<ContainerRecord, 'id' | 'bundle'>,
  spec: Spec | null,
  status: State,
) => ({
  ociVersion,
  id,
  status,
  bundle,
  ...(spec?.annotations === undefined ? {} : { annotations: spec.annotations }),
})

/**
 * What hooks are told while `create` runs: runtime.md counts them as points 3 to 5 of a life, and says `creating` for point 2
 * and `created` for what comes after it. crun and the OCI's own programs have it so, too; runc says `creating`.
 */
export const toldToHooks = (record: ContainerRecord, spec: Spec | null) => stateOf(record, spec, 'created')

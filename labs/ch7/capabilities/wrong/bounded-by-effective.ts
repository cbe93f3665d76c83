/**
 * The bounding set is lowered to what is effective, and nobody ever gets the rest.
 *
 * @rejected bounding-set
 * @says is not
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { type Capability, capabilities as known } from '#core/sys/constants'

const at = { phase: 'become', by: 'lab', why: 'what it may do' } as const
const of = (names: readonly string[] | undefined, last: number): Capability[] =>
  (names ?? []).filter((name): name is Capability => Object.hasOwn(known, name) && known[name as Capability] <= last)

export const boundingSet: Pass = ({ process: { capabilities: sets, user } }, { lastCapability: last }) => {
  if (sets === undefined) return []
  const steps: Step[] = []
  steps.push({ ...at, op: 'drop_bounding', keep: of(sets.effective, last) })
  if (user.uid !== 0) steps.push({ ...at, op: 'keep_caps' })
  return steps
}

export const capabilities: Pass = ({ process: { capabilities: sets } }, { lastCapability: last }) => {
  if (sets === undefined) return []
  const steps: Step[] = []
  steps.push({
    ...at,
    op: 'capset',
    effective: of(sets.effective, last),
    permitted: of(sets.permitted, last),
    inheritable: of(sets.inheritable, last),
  })
  steps.push({ ...at, op: 'ambient', capabilities: of(sets.ambient, last) })
  return steps
}

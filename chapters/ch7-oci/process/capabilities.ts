/**
 * Capabilities: root's rights in forty pieces, of which a container gets a few. Five sets, and an order: the bounding set is
 * lowered while there is still CAP_SETPCAP to do it with; the permitted ones are kept over the change of uid, which would take
 * them away; the others are set behind it. Source: config.md "capabilities", capabilities(7).
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Capabilities } from '#core/spec/runtime'
import { type Capability, capabilities as known } from '#core/sys/constants'

const at = { phase: 'become', by: 'ch7.capabilities' } as const

/** What this kernel knows of them, by the number of its last. Names that it does not know are passed over, as by runc. */
export const knownOf = (names: readonly string[] | undefined, last: number): Capability[] =>
  (names ?? []).filter((name): name is Capability => Object.hasOwn(known, name) && known[name as Capability] <= last)

// #region part
/** Before the ids. */
export const boundingSet: Pass = ({ process: { capabilities, user } }, { lastCapability }) => {
  // #region solution-bounding
  if (capabilities === undefined) return []
  const steps: Step[] = [
    {
      ...at,
      op: 'drop_bounding',
      keep: knownOf(capabilities.bounding, lastCapability),
      why: 'no program that is ever executed in there gets more; it takes CAP_SETPCAP, which goes with the uid',
    },
  ]
  if (user.uid !== 0) steps.push({ ...at, op: 'keep_caps', why: 'the change of uid would take all of them away' })
  return steps
  // #endregion solution-bounding
}

/** Behind the ids, and behind all that still needs root's rights. */
export const capabilities: Pass = ({ process: { capabilities } }, { lastCapability }) => {
  // #region solution
  if (capabilities === undefined) return []
  const of = (set: keyof Capabilities): Capability[] => knownOf(capabilities[set], lastCapability)
  return [
    {
      ...at,
      op: 'capset',
      effective: of('effective'),
      permitted: of('permitted'),
      inheritable: of('inheritable'),
      why: 'what it may do, as that user',
    },
    {
      ...at,
      op: 'ambient',
      capabilities: of('ambient'),
      why: 'what survives execve of a program without file capabilities: each must be permitted and inheritable',
    },
  ]
  // #endregion solution
}
// #endregion part

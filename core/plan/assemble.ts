/**
 * assemble: passes → plan. A pass is a pure function that knows one concern and says which steps it wants in which
 * phases; the phases, not the passes, decide the order in time.
 */

import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { checkInvariants } from './invariants.js'
import { orderOf } from './phase.js'
import type { Plan, Step } from './step.js'

export type Pass = (spec: Spec, facts: Facts) => readonly Step[]

/**
 * Collects the steps of all passes and sorts them by phase. The sort is stable: within a phase the order is that of the
 * passes, then that within a pass.
 * @throws MiniDockerError (FailedPrecondition) that names the invariant and the steps which break it
 */
export function assemble(passes: readonly Pass[], spec: Spec, facts: Facts): Plan {
  const plan = collect(passes, spec, facts)
  checkInvariants(plan)
  return plan
}

/** The same without the check: what a grader looks at, which wants to say itself what is wrong. */
export function collect(passes: readonly Pass[], spec: Spec, facts: Facts): Plan {
  const steps = passes.flatMap(pass => pass(spec, facts))
  return { steps: steps.sort((a, b) => orderOf(a.phase) - orderOf(b.phase)) }
}

/**
 * Plans that do not go well. A child step is replaced by the op `fault`; a host step is left as it is, and whoever performs
 * it throws. A halt is a host step put between two others: the child waits in the hand-over that `lower` derives from it,
 * and whatever the test does to a start at that very point, it does there.
 */

import type { PerformHostStep } from '#core/exec/driver'
import { isChildStep } from '#core/plan/ops'
import { laneOf } from '#core/plan/phase'
import type { ChildStep, HostStep, Plan, Step } from '#core/plan/step'
import type { ErrnoName } from '#core/sys/constants'

export interface Faulty {
  readonly plan: Plan
  /** Around a performer of host steps: throws at the step that is to fail. */
  readonly perform: (perform: PerformHostStep) => PerformHostStep
}

export function withFault(plan: Plan, index: number, errno: ErrnoName): Faulty {
  const victim = plan.steps[index]!
  if (!isChildStep(victim)) return { plan, perform: throwAt(victim, errno) }
  const { phase, by } = victim
  const fault: ChildStep = { op: 'fault', errno, phase, by, why: `in the place of ${victim.op}` }
  return { plan: { steps: plan.steps.with(index, fault) }, perform: perform => perform }
}

const throwAt =
  (victim: Step, errno: ErrnoName) =>
  (perform: PerformHostStep): PerformHostStep =>
  (step, processes) => {
    if (step === victim) throw Object.assign(new Error(`fault in the place of ${step.op}`), { code: errno })
    return perform(step, processes)
  }

export interface Halted {
  readonly plan: Plan
  readonly perform: (perform: PerformHostStep) => PerformHostStep
}

/** @param index the step before which the plan halts @param onHalt called while the child waits */
export function withHalt(plan: Plan, index: number, onHalt: PerformHostStep): Halted {
  const { phase } = plan.steps[index]!
  // any host op without an inverse will do: it is never performed
  const halt: HostStep = {
    op: 'release',
    resource: 'halt',
    user: 'test',
    phase,
    by: 'test',
    why: `before step ${index}`,
  }
  return {
    plan: { steps: [...plan.steps.slice(0, index), halt, ...plan.steps.slice(index)] },
    perform: perform => (step, processes) => (step === halt ? onHalt(step, processes) : perform(step, processes)),
  }
}

/** `3 mount (root)`: how a test names a step of a plan. */
export function nameOf(plan: Plan, index: number): string {
  const { op, phase } = plan.steps[index]!
  return `${index} ${op} (${laneOf(phase)}, ${phase})`
}

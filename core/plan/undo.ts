/**
 * undo: plan → the host steps that take it back, last first. Only the host lane needs one: what the child does, it does in
 * namespaces of its own, and they die with it.
 */

import { inverseOf, isHostStep } from './ops.js'
import type { HostStep, Plan } from './step.js'

export function undo(plan: Plan): HostStep[] {
  return plan.steps
    .filter(isHostStep)
    .reverse()
    .flatMap(step =>
      inverseOf(step).map(inverse => ({ ...inverse, phase: step.phase, by: step.by, why: `takes back: ${step.why}` })),
    )
}

/**
 * Questions to a plan, for tests and graders: order and presence, never equality with a reference. A tag is an op's name
 * ('pivot_root') or one that its row gives the step ('unshare.pid', 'mount.proc', 'mount.at./dev').
 */

import { tagsOf } from './ops.js'
import type { Plan, Step } from './step.js'

export function find(plan: Plan, tag: string): readonly { readonly index: number; readonly step: Step }[] {
  return plan.steps.flatMap((step, index) => (tagsOf(step).includes(tag) ? [{ index, step }] : []))
}

export const has = (plan: Plan, tag: string): boolean => find(plan, tag).length > 0

/** Every step tagged `first` stands before every step tagged `second`; both are there. */
export function before(plan: Plan, first: string, second: string): boolean {
  const earlier = find(plan, first)
  const later = find(plan, second)
  return earlier.length > 0 && later.length > 0 && earlier.at(-1)!.index < later[0]!.index
}

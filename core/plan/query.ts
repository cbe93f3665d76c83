/**
 * Questions to a plan, for tests and graders: order and presence, never equality with a reference. A tag is an op's name
 * ('pivot_root') or one that its row gives the step ('unshare.pid', 'mount.proc', 'mount.at./dev').
 */

import { tagsOf } from './ops.js'
import type { Plan, Step } from './step.js'

export interface Found {
  readonly index: number
  readonly step: Step
}

/* Every invariant asks for tags, dozens of times a plan: each plan is read through once. */
const indexes = new WeakMap<Plan, ReadonlyMap<string, readonly Found[]>>()

function indexOf(plan: Plan): ReadonlyMap<string, readonly Found[]> {
  const known = indexes.get(plan)
  if (known !== undefined) return known
  const made = new Map<string, Found[]>()
  plan.steps.forEach((step, index) => {
    for (const tag of tagsOf(step)) {
      const found = made.get(tag)
      if (found === undefined) made.set(tag, [{ index, step }])
      else if (found.at(-1)!.index !== index) found.push({ index, step }) // a step may have a tag twice
    }
  })
  indexes.set(plan, made)
  return made
}

export const find = (plan: Plan, tag: string): readonly Found[] => indexOf(plan).get(tag) ?? []

export const has = (plan: Plan, tag: string): boolean => find(plan, tag).length > 0

/** Every step tagged `first` stands before every step tagged `second`; both are there. */
export function before(plan: Plan, first: string, second: string): boolean {
  const earlier = find(plan, first)
  const later = find(plan, second)
  return earlier.length > 0 && later.length > 0 && earlier.at(-1)!.index < later[0]!.index
}

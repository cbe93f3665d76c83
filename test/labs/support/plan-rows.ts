/** Rows of a plan, as failures point at them. */

import type { Op, Plan, Step } from '#core/plan/step'
import type { Failure } from '#labs/runner/grade/grader'

export interface RowOf<O extends Op> {
  readonly index: number
  readonly step: Step<O>
}

/** All steps of these ops, in plan order. */
export const rowsOf = <O extends Op>(plan: Plan, ...ops: readonly O[]): RowOf<O>[] =>
  plan.steps.flatMap((step, index) => (ops.includes(step.op as O) ? [{ index, step: step as Step<O> }] : []))

export const indexesOf = (rows: readonly { readonly index: number }[]): number[] => rows.map(({ index }) => index)

/** The first failure there is among some cases. */
export function firstFailure(
  names: readonly string[],
  judge: (name: string) => Failure | null | undefined,
): Failure | null {
  for (const name of names) {
    const failure = judge(name)
    if (failure) return failure
  }
  return null
}

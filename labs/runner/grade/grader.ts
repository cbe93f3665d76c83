/**
 * What a grader is made of. It asks an attempt a number of questions, all at once, and judges the answers: first the plan,
 * then the rules that every plan obeys, then what the kernel shows. It never compares with the reference: order and
 * presence count, and effects.
 */

import type { Parts } from '#core/chapter'
import { type Invariant, invariants } from '#core/plan/invariants'
import type { Plan, Step } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import type { Answer, Question } from '#labs/runner/attempt/sandboxed'
import type { Room } from '#labs/runner/room/room'

/** A container to be planned with the attempt in its part's place. */
export interface Case {
  readonly spec: Spec
  readonly facts: Facts
  /** Of a factory, what it is called with first. */
  readonly own?: readonly unknown[]
}

export interface Grader {
  readonly lab: string
  /** The parts of the plan, the lab's own among them: it is replaced. */
  readonly around: Parts
  readonly cases: Readonly<Record<string, Case>>
  /** Questions to other exports than the part, by name. */
  readonly questions?: Readonly<Record<string, Question>>
  /** Tags of the steps that the lab is about: without any of them there is nothing yet that a rule could hold of. */
  readonly about: readonly string[]
  /** In the order in which they are best understood: the first that fails is the one that is explained. */
  readonly checks: readonly Check[]
}

export type Rung = 'plan' | 'invariant' | 'effect'

/** What a learner is told. */
export interface Failure {
  readonly expected: string
  readonly found: string
  /** The plan that it is about, and the rows to look at. */
  readonly plan?: Plan
  readonly rows?: readonly number[]
}

interface CheckOf<R extends Rung> {
  /** Its heading's anchor on the lab's page. */
  readonly id: string
  readonly rung: R
  /** What holds when it passes, one clause. */
  readonly title: string
  readonly points: number
}
export interface PlanCheck extends CheckOf<'plan' | 'invariant'> {
  /**
   * Where it is about fewer steps than the lab is: `old-root-let-go` says nothing of a plan without a pivot_root. Empty
   * where it is about none: it asks another export.
   */
  readonly about?: readonly string[]
  readonly judge: (evidence: Evidence) => Failure | null
}
export interface EffectCheck extends CheckOf<'effect'> {
  /** What the machine must have, as in the tests' gates: a program's name, 'user namespaces'. Linux goes without saying. */
  readonly needs: readonly string[]
  readonly judge: (room: Room) => Promise<Failure | null>
}
export type Check = PlanCheck | EffectCheck

export interface Evidence {
  /** The attempt's own steps in that case. */
  steps(name: string): readonly Step[]
  /** The whole plan with them in it, unchecked. */
  plan(name: string): Plan
  /** The names of all cases. */
  readonly cases: readonly string[]
  /** What it said to one of the other questions. */
  answer(name: string): Answer
}

/** A rule of core/plan/invariants, over the plans of all cases. @param about where it is about fewer steps than the lab is */
export function invariantCheck(name: string, about?: readonly string[]): PlanCheck {
  const invariant = invariants.find(one => one.name === name)
  if (invariant === undefined) throw new Error(`there is no invariant '${name}'`)
  const check: PlanCheck = { id: name, rung: 'invariant', title: invariant.rule, points: 1, judge: keeps([invariant]) }
  return about === undefined ? check : { ...check, about }
}

/** All rules that no check of the grader's own names. */
export function otherInvariants(checks: readonly Check[]): PlanCheck {
  const others = invariants.filter(({ name }) => !checks.some(({ id }) => id === name))
  return {
    id: 'other-rules',
    rung: 'invariant',
    title: 'all other rules that every plan obeys hold',
    points: 1,
    judge: keeps(others),
  }
}

const keeps =
  (rules: readonly Invariant[]) =>
  ({ cases, plan: planOf }: Evidence): Failure | null => {
    for (const name of cases) {
      const plan = planOf(name)
      for (const { name: rule, rule: expected, broken } of rules) {
        const rows = broken(plan)
        if (rows.length > 0) return { expected, found: `the plan of '${name}' breaks ${rule}`, plan, rows }
      }
    }
    return null
  }

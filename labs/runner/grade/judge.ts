/** From evidence to results of single checks: plan and rules first, effects only where those hold. */

import { tagsOf, words } from '#core/plan/ops'
import type { Lab } from '#labs/index'
import { type Check, type EffectCheck, type Evidence, type Failure, type Grader, otherInvariants } from './grader.js'
import type { CheckResult, Row } from './results.js'

export const allChecks = (grader: Grader): readonly Check[] => {
  const effects = grader.checks.filter(({ rung }) => rung === 'effect')
  const others = grader.checks.filter(({ rung }) => rung !== 'effect')
  // rules are about plans: who is asked none makes none
  const rules = Object.keys(grader.cases).length === 0 ? [] : [otherInvariants(grader.checks)]
  return [...others, ...rules, ...effects]
}

export const pageOf = (lab: Lab, check: { readonly id: string }): string => `/labs/${lab.id}#${check.id}`

/** Every check on plan and rules, the failed ones too: one mistake often has several signs. */
export function judgePlan(lab: Lab, grader: Grader, evidence: Evidence): CheckResult[] {
  const checks = allChecks(grader).flatMap(check => (check.rung === 'effect' ? [] : [check]))
  const results = checks.map(check => resultOf(lab, check, check.judge(evidence)))
  // who has all of it right has it right, by whatever steps
  if (results.every(({ status }) => status === 'passed')) return results
  const there = new Set(evidence.cases.flatMap(name => evidence.steps(name)).flatMap(tagsOf))
  return results.map((result, i) => {
    const { about = grader.about } = checks[i]!
    if (result.status !== 'passed' || about.length === 0 || about.some(tag => there.has(tag))) return result
    return notRun(lab, checks[i]!, `there is no ${about.join(' or ')} yet`)
  })
}

export function resultOf(lab: Lab, check: Check, failure: Failure | null): CheckResult {
  const { id, title, rung, points } = check
  const common = { id, title, rung, of: points, page: pageOf(lab, check) }
  if (failure === null) return { ...common, status: 'passed', points }
  const { expected, found } = failure
  return { ...common, status: 'failed', points: 0, failure: { expected, found, rows: rowsOf(lab, failure) } }
}

export const notRun = (lab: Lab, check: Check, reason: string): CheckResult => {
  const { id, title, rung, points } = check
  return { id, title, rung, of: points, page: pageOf(lab, check), status: 'not run', points: 0, reason }
}

/** A step at each side of a marked one says where it stands; the attempt's own are always shown. */
function rowsOf(lab: Lab, { plan, rows = [] }: Failure): Row[] {
  if (plan === undefined) return []
  return plan.steps.flatMap((step, index) => {
    const own = step.by === `lab.${lab.part}`
    const near = rows.some(row => Math.abs(row - index) <= 1)
    return own || near ? [{ index, phase: step.phase, call: words(step), own, marked: rows.includes(index) }] : []
  })
}

export const effectChecks = (grader: Grader): readonly EffectCheck[] =>
  grader.checks.filter((check): check is EffectCheck => check.rung === 'effect')

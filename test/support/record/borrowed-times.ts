/**
 * Pure cgroup v2 is recorded on an emulated machine where no other is at hand, whose calls take twenty times as long. Its steps
 * are shown with what the same calls took in the plan of v1, or the most similar call of the same name.
 */

import * as fs from 'node:fs'
import { words } from '#core/plan/ops'
import type { Plan } from '#core/plan/step'
import { repository } from '#support/repository'
import type { PlanData } from '../../../site/.vitepress/theme/toys/plan-data.js'

const nameOf = (call: string): string => /^[a-z_]+/.exec(call)?.[0] ?? call

export function borrowedTimes(plan: Plan): number[] {
  const { steps } = JSON.parse(fs.readFileSync(`${repository}site/data/plans/ch3-limits-v1.json`, 'utf8')) as PlanData
  return plan.steps.map(words).map(call => {
    const far = (other: string): number => Math.abs(other.length - call.length)
    const alike = steps.filter(step => nameOf(step.call) === nameOf(call)).sort((a, b) => far(a.call) - far(b.call))
    const lender = steps.find(step => step.call === call) ?? alike[0]
    if (lender === undefined) throw new Error(`nothing like ${call} was measured on v1`)
    return lender.micros
  })
}

/** Attempts that do nothing of what a lab asks for: they earn nothing, not for the rules either that hold of nothing. */

import type { Step } from '#core/plan/step'
import type { Lab } from '#labs/index'
import { hear } from '#labs/runner/grade/evidence'
import type { Grader } from '#labs/runner/grade/grader'
import { judgePlan } from '#labs/runner/grade/judge'

const common = { by: 'nobody', why: 'one has to begin somewhere' } as const
const pointless: Readonly<Record<string, readonly Step[]>> = {
  'no step': [],
  'a step that leads nowhere': [{ ...common, op: 'chdir', path: '.', phase: 'become' }],
  'a step of another part': [{ ...common, op: 'sethostname', name: 'x', phase: 'seal' }],
  'a step too early': [{ ...common, op: 'umask', mask: 0o22, phase: 'root' }],
}

/** @returns a line for each that earns something */
export function lintPointless(lab: Lab, grader: Grader): string[] {
  return Object.entries(pointless).flatMap(([what, value]) => {
    const heard = hear(lab, grader, questions => ({
      answers: questions.map(() => ({ value })),
      ended: null,
      printed: '',
    }))
    if (heard.kind !== 'evidence') return []
    const earning = judgePlan(lab, grader, heard.evidence).filter(({ points }) => points > 0)
    if (earning.length === 0) return []
    return [`an attempt of ${what} earns points: ${earning.map(({ id }) => id).join(', ')}`]
  })
}

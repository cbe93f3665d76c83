/** Steps as they come out of the sandbox: anything at all. Only what is a step in its form goes on. */

import { fail } from '#core/errors'
import { tagsOf, words } from '#core/plan/ops'
import { phases } from '#core/plan/phase'
import type { Step } from '#core/plan/step'
import type { Lab } from '#labs/index'

/** What keeps it from being a list of steps, null when nothing. */
export function malformed(value: unknown): string | null {
  if (!Array.isArray(value)) return `it returned ${value === undefined ? 'nothing' : typeof value}, not a list of steps`
  for (const [index, step] of value.entries()) {
    if (typeof step !== 'object' || step === null) return `step ${index} is ${step}, no object`
    const { op, phase, why } = step as Partial<Step>
    if (!phases.some(name => name === phase))
      return `step ${index} (${op}) is in phase '${phase}', which does not exist`
    if (typeof why !== 'string') return `step ${index} (${op}) does not say why`
    try {
      words(step as Step)
      tagsOf(step as Step)
    } catch {
      return `step ${index} has op '${op}', which is none, or lacks one of its fields`
    }
  }
  return null
}

/** Signed with the lab's name, whatever `by` they bear. @throws MiniDockerError InvalidArgument */
export function stepsOf(lab: Lab, value: unknown): readonly Step[] {
  const wrong = malformed(value)
  if (wrong !== null) fail('InvalidArgument', { what: `labs/${lab.id}/attempt.ts`, why: wrong })
  return (value as Step[]).map(step => ({ ...step, by: `lab.${lab.part}` }))
}

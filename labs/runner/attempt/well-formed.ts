/** Steps as they come out of the sandbox: anything at all. Only what is a step in its form goes on. */

import { fail } from '#core/errors'
import { childOps, hostOps } from '#core/plan/ops'
import { phases } from '#core/plan/phase'
import type { Step } from '#core/plan/step'
import type { Lab } from '#labs/index'
import { shapes, tolerated } from './shapes.js'

/** Ten times what the longest plan of a chapter has: graders compare step with step. */
const MOST_STEPS = 1000
/** Enough to know it by. */
const LONGEST = 60

/** What keeps it from being a list of steps, null when nothing. */
export function malformed(value: unknown): string | null {
  if (!Array.isArray(value)) return `it returned ${value === undefined ? 'nothing' : typeof value}, not a list of steps`
  if (value.length > MOST_STEPS) return `it returned ${value.length} steps: no container takes more than ${MOST_STEPS}`
  for (const [index, step] of value.entries()) {
    const wrong = misshapen(step)
    if (wrong !== null) return `step ${index} ${wrong}`
  }
  return null
}

function misshapen(step: unknown): string | null {
  if (typeof step !== 'object' || step === null) return `is ${step}, no object`
  const values = step as Readonly<Record<string, unknown>>
  const { op, phase, why } = values
  if (typeof op !== 'string' || !(Object.hasOwn(childOps, op) || Object.hasOwn(hostOps, op)))
    return `has op '${op}', which is none`
  if (!Object.hasOwn(shapes, op)) return `has op '${op}', which is not for a part: hand-overs are derived`
  if (!phases.some(name => name === phase)) return `(${op}) is in phase '${phase}', which does not exist`
  if (typeof why !== 'string') return `(${op}) does not say why`
  const fields = Object.entries(shapes[op as keyof typeof shapes])
  const wrong = [...fields, ['tolerate', tolerated] as const].find(([name, shape]) => !shape(values[name]))
  return wrong === undefined ? null : `(${op}): its ${wrong[0]} is ${shown(values[wrong[0]])}`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** Signed with the lab's name, whatever `by` they bear. @throws MiniDockerError InvalidArgument */
export function stepsOf(lab: Lab, value: unknown): readonly Step[] {
  const wrong = malformed(value)
  if (wrong !== null) fail('InvalidArgument', { what: `labs/${lab.id}/attempt.ts`, why: wrong })
  return (value as Step[]).map(step => ({ ...step, by: `lab.${lab.part}` }))
}

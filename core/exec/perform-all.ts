/** Taking back goes on when a step fails: the others still can be, and what is left is for the next one who tries. */

import type { HostStep } from '#core/plan/step'

export interface Attempt {
  /** The steps that failed, in order. */
  readonly left: readonly HostStep[]
  /** Why each of them did. */
  readonly errors: readonly unknown[]
}

export function performAll(steps: readonly HostStep[], perform: (step: HostStep) => unknown): Attempt {
  const errors: unknown[] = []
  const left = steps.filter(step => {
    try {
      perform(step)
      return false
    } catch (error) {
      errors.push(error)
      return true
    }
  })
  return { left, errors }
}

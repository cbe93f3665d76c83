/** Answers to questions, as the graders of plain functions look at them: their form has been seen to already. */

import type { Question } from '#labs/runner/attempt/sandboxed'
import type { Evidence, Failure } from '#labs/runner/grade/grader'

export function answerOf<T>(evidence: Evidence, name: string): T {
  const answer = evidence.answer(name)
  return ('value' in answer ? answer.value : undefined) as T
}

export const ask = (part: string, ...args: readonly unknown[]): Question => ({ export: part, args: [args] })

export const differ = (expected: string, found: string): Failure => ({ expected, found })

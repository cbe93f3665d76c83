/** What an attempt said to a grader's questions, in the form in which checks look at it. */

import { passesOf } from '#core/chapter'
import { saysUnsolved } from '#core/lab'
import { collect, type Pass } from '#core/plan/assemble'
import type { Plan, Step } from '#core/plan/step'
import type { Lab } from '#labs/index'
import { partsOf, valueOf } from '#labs/runner/attempt/attempts'
import { misshapenPlain } from '#labs/runner/attempt/plain-shapes'
import { type Interview, interview } from '#labs/runner/attempt/sandbox'
import type { Answer, Fault, Question } from '#labs/runner/attempt/sandboxed'
import { malformed, stepsOf } from '#labs/runner/attempt/well-formed'
import type { Case, Evidence, Grader } from './grader.js'

export type Heard =
  | { readonly kind: 'evidence'; readonly evidence: Evidence; readonly printed: string }
  | { readonly kind: 'unsolved'; readonly printed: string }
  | { readonly kind: 'broken'; readonly problems: readonly string[]; readonly printed: string }

/** @param ask the sandbox, for a learner's attempt; something quicker for code of our own */
export function hear(lab: Lab, grader: Grader, ask: (questions: readonly Question[]) => Interview): Heard {
  const parts = partsOf(lab)
  const cases = Object.entries(grader.cases).flatMap(([name, one]) => parts.map(part => ({ name, one, part })))
  const others = Object.entries(grader.questions ?? {})
  const questions = [
    ...cases.map(({ one, part }) => questionOf(lab, one, part.export)),
    ...others.map(([, question]) => question),
  ]
  const { answers, ended, printed } = ask(questions)
  const faults = answers.flatMap(answer => ('fault' in answer ? [answer.fault] : []))
  if (faults.some(({ message }) => saysUnsolved(message))) return { kind: 'unsolved', printed }
  if (ended !== null) return { kind: 'broken', problems: [ended], printed }
  const problems = [
    ...answers.flatMap((answer, i) => ('missing' in answer ? [noExport(lab, questions[i]!)] : [])),
    ...cases.flatMap(({ name }, i) => problemOf(name, answers[i]!)),
    ...(lab.plain === true ? others.flatMap((other, i) => problemOfPlain(other, answers[cases.length + i]!)) : []),
  ]
  if (problems.length > 0) return { kind: 'broken', problems: [...new Set(problems)], printed }
  const own = new Map<string, Map<string, readonly Step[]>>()
  for (const [i, { name, part }] of cases.entries()) {
    const said = own.get(name) ?? new Map<string, readonly Step[]>()
    own.set(name, said.set(part.key, stepsOf(lab, valueOf(lab, answers[i], null))))
  }
  const said = new Map(others.map(([name], i) => [name, answers[cases.length + i]!]))
  return { kind: 'evidence', evidence: evidenceOf(lab, grader, own, said), printed }
}

const noExport = ({ id }: Lab, { export: name }: Question): string =>
  `labs/${id}/attempt.ts:1:1: there is no function '${name}' among its exports`

const questionOf = (lab: Lab, { spec, facts, own }: Case, name: string): Question => ({
  export: name,
  args: lab.factory === true ? [own ?? [], [spec, facts]] : [[spec, facts]],
})

function problemOf(name: string, answer: Answer): string[] {
  if ('fault' in answer) return [`in the case '${name}' it threw: ${faultLine(answer.fault)}`]
  const wrong = 'value' in answer ? malformed(answer.value) : null
  return wrong === null ? [] : [`in the case '${name}': ${wrong}`]
}

function problemOfPlain([name, { export: part }]: readonly [string, Question], answer: Answer): string[] {
  if ('fault' in answer) return [`asked for ${name} it threw: ${faultLine(answer.fault)}`]
  const wrong = 'value' in answer ? misshapenPlain(part, answer.value) : null
  return wrong === null ? [] : [`asked for ${name}: ${wrong}`]
}

/** With the place in the attempt, where the stack tells it. */
function faultLine({ name, message, stack }: Fault): string {
  const place = /labs\/ch\d\/[\w-]+\/[\w-]+\.ts:\d+:\d+/.exec(stack)?.[0]
  return `${place === undefined ? '' : `${place}: `}${name === 'Error' ? '' : `${name}: `}${message}`
}

function evidenceOf(
  lab: Lab,
  { cases, around }: Grader,
  own: ReadonlyMap<string, ReadonlyMap<string, readonly Step[]>>,
  said: ReadonlyMap<string, Answer>,
): Evidence {
  const plans = new Map<string, Plan>()
  const get = <V>(map: ReadonlyMap<string, V>, name: string): V => {
    const found = map.get(name)
    if (found === undefined) throw new Error(`the grader of ${lab.id} asks for '${name}', which it did not ask about`)
    return found
  }
  return {
    cases: Object.keys(cases),
    steps: name => [...get(own, name).values()].flat(),
    plan(name) {
      const { spec, facts } = cases[name]!
      const parts = [...get(own, name)].map(([key, steps]): readonly [string, Pass] => [key, () => steps])
      const plan = plans.get(name) ?? collect(passesOf({ ...around, ...Object.fromEntries(parts) }), spec, facts)
      plans.set(name, plan)
      return plan
    },
    answer: name => get(said, name),
  }
}

export const inSandbox =
  (module: string) =>
  (questions: readonly Question[]): Interview =>
    interview(module, questions)

/** Grades one lab: types, then plan and rules in the sandbox, then effects in the room. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { Lab } from '#labs/index'
import { compileInto, modulePath } from '#labs/runner/attempt/attempts'
import { newAttemptsDirectory } from '#labs/runner/attempt/sandbox'
import { typeCheck } from '#labs/runner/attempt/type-check'
import { attemptPath, graderPath } from '#labs/runner/places'
import { judgeEffects } from './effects.js'
import { hear, inSandbox } from './evidence.js'
import type { Check, Grader, Rung } from './grader.js'
import { allChecks, effectChecks, judgePlan, notRun } from './judge.js'
import type { CheckResult, LabResult, Status } from './results.js'

export interface Grading {
  /** What is graded, the working copy's attempt by default. */
  readonly file?: string
  /** Without effects: what `watch` does while one types. */
  readonly planOnly?: boolean
  /** Known to be right: a file that the build has compiled, too. */
  readonly skipTypes?: boolean
  /** Gets the verdict on plan and rules before effects, which take longer, are looked at. */
  readonly onPlan?: (soFar: LabResult) => void
}

/** @throws MiniDockerError Unavailable when it was not built */
export async function loadGrader(lab: Lab): Promise<Grader> {
  const file = graderPath(lab)
  if (!fs.existsSync(file)) {
    fail('Unavailable', { what: `the grader of ${lab.id}`, why: `there is no ${file}`, hint: 'npm run build' })
  }
  return ((await import(file)) as { grader: Grader }).grader
}

export async function grade(
  lab: Lab,
  { file = attemptPath(lab), planOnly, skipTypes, onPlan }: Grading = {},
): Promise<LabResult> {
  const start = performance.now()
  const grader = await loadGrader(lab)
  const done = (status: Status, checks: readonly CheckResult[], problems: readonly string[] = [], printed = '') =>
    resultOf(lab, status, checks, problems, printed.slice(0, 2000), (performance.now() - start) / 1000)
  const none = (reason: string): CheckResult[] => allChecks(grader).map(check => notRun(lab, check, reason))
  if (!fs.existsSync(file)) return done('not started', none('not started'))

  const directory = newAttemptsDirectory()
  try {
    const [errors, refused] = await Promise.all([skipTypes ? [] : typeCheck(file), compileInto(directory, lab, file)])
    const problems = refused?.problems ?? errors
    if (problems.length > 0) return done('broken', none('it does not compile'), problems)

    const heard = hear(lab, grader, inSandbox(modulePath(directory, lab)))
    if (heard.kind === 'unsolved') return done('unsolved', none('not solved yet'), [], heard.printed)
    if (heard.kind === 'broken')
      return done('broken', none('there is no plan to look at'), heard.problems, heard.printed)

    const plans = judgePlan(lab, grader, heard.evidence)
    const sound = plans.every(({ status }) => status === 'passed')
    if (sound && planOnly !== true && onPlan !== undefined) {
      const later = withheld(lab, effectChecks(grader), 'being looked at')
      onPlan(done('incomplete', [...plans, ...later], [], heard.printed))
    }
    const effects =
      sound && planOnly !== true
        ? await judgeEffects(lab, grader, directory)
        : withheld(lab, effectChecks(grader), sound ? 'plan checks alone were asked for' : 'the plan has to hold first')
    const checks = [...plans, ...effects]
    return done(statusOf(checks), checks, [], heard.printed)
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

const withheld = (lab: Lab, checks: readonly Check[], reason: string): CheckResult[] =>
  checks.map(check => notRun(lab, check, reason))

function statusOf(checks: readonly CheckResult[]): Status {
  if (checks.some(({ status }) => status === 'failed')) return 'failed'
  return checks.every(({ status }) => status === 'passed') ? 'passed' : 'incomplete'
}

function resultOf(
  { id, title, chapter }: Lab,
  status: Status,
  checks: readonly CheckResult[],
  problems: readonly string[],
  printed: string,
  seconds: number,
): LabResult {
  const total = (some: readonly CheckResult[]) => ({
    points: some.reduce((sum, { points }) => sum + points, 0),
    of: some.reduce((sum, { of }) => sum + of, 0),
  })
  const rung = (name: Rung) => total(checks.filter(check => check.rung === name))
  const parts = { plan: rung('plan'), invariant: rung('invariant'), effect: rung('effect') }
  return { lab: id, title, chapter, status, ...total(checks), parts, checks, problems, printed, seconds }
}

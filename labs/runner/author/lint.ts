/**
 * Whether a lab is fit to be set: the graders are graded. The reference passes, the skeleton is seen to be one, what does
 * nothing earns nothing, and every known wrong answer is rejected by the check that it names, with the words that it names.
 */

import * as fs from 'node:fs'
import type { Lab } from '#labs/index'
import { cutReference, cutSkeleton } from '#labs/runner/attempt/cut'
import { typeCheck } from '#labs/runner/attempt/type-check'
import { grade, loadGrader } from '#labs/runner/grade/grade'
import type { Grader } from '#labs/runner/grade/grader'
import { allChecks } from '#labs/runner/grade/judge'
import type { LabResult } from '#labs/runner/grade/results'
import { labDirectory, referencePath, repository } from '#labs/runner/places'
import { lintTexts } from './lint-texts.js'
import { lintPointless } from './pointless.js'

const FEWEST_WRONG = 4
const POINTS = 10

/** @returns what is wrong with it, a line each; and what was not seen because this machine cannot */
export async function lint(
  lab: Lab,
): Promise<{ readonly problems: readonly string[]; readonly notSeen: readonly string[] }> {
  const grader = await loadGrader(lab)
  const source = fs.readFileSync(referencePath(lab), 'utf8')
  const scratch = fs.mkdtempSync(`${repository}dist/lint.`) // inside the package, for the sake of #core/…
  const notSeen: string[] = []
  try {
    const write = (name: string, text: string): string => {
      fs.writeFileSync(`${scratch}/${name}.ts`, text)
      return `${scratch}/${name}.ts`
    }
    const reference = await grade(lab, { file: write('reference', cutReference(source, lab)) })
    notSeen.push(...reference.checks.filter(({ status }) => status === 'not run').map(({ id }) => id))
    const skeleton = write('skeleton', cutSkeleton(source, lab))
    return {
      problems: [
        ...lintTexts(lab, grader, source),
        ...lintPoints(grader),
        ...lintPointless(lab, grader),
        ...(await typeCheck(skeleton)).map(problem => `the skeleton does not compile: ${problem}`),
        ...lintSkeleton(await grade(lab, { file: skeleton, skipTypes: true })),
        ...lintReference(reference),
        ...(await lintWrong(lab, grader)),
      ],
      notSeen,
    }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

function lintPoints(grader: Grader): string[] {
  const checks = allChecks(grader)
  const total = checks.reduce((sum, { points }) => sum + points, 0)
  const twice = checks.filter(({ id }, i) => checks.findIndex(one => one.id === id) !== i)
  return [
    ...(total === POINTS ? [] : [`the checks are worth ${total} points, not ${POINTS}`]),
    ...twice.map(({ id }) => `two checks have the name '${id}'`),
    ...(checks.some(({ rung }) => rung === 'effect') ? [] : ['no check looks at an effect']),
  ]
}

const lintSkeleton = ({ status, points }: LabResult): string[] => [
  ...(status === 'unsolved' ? [] : [`the skeleton counts as ${status}, not as unsolved`]),
  ...(points === 0 ? [] : [`the skeleton earns ${points} points`]),
]

const lintReference = ({ status, checks, problems }: LabResult): string[] => {
  if (status === 'passed' || status === 'incomplete') return []
  const failed = checks.find(check => check.status === 'failed')
  return [
    `the reference does not pass: ${failed === undefined ? problems[0] : `${failed.id}: ${failed.failure!.found}`}`,
  ]
}

interface Wrong {
  readonly name: string
  readonly file: string
  /** The id of the first check that fails; 'broken' when it cannot be judged at all. */
  readonly rejected: string | undefined
  readonly says: string | undefined
}

export function wrongAnswers(lab: Lab): Wrong[] {
  const directory = `${labDirectory(lab)}wrong/`
  if (!fs.existsSync(directory)) return []
  return fs
    .readdirSync(directory)
    .filter(name => name.endsWith('.ts'))
    .sort()
    .map(name => {
      const text = fs.readFileSync(directory + name, 'utf8')
      const tag = (word: string): string | undefined => new RegExp(`^ \\* @${word} (.+)$`, 'm').exec(text)?.[1]?.trim()
      return { name: name.slice(0, -3), file: directory + name, rejected: tag('rejected'), says: tag('says') }
    })
}

async function lintWrong(lab: Lab, grader: Grader): Promise<string[]> {
  const answers = wrongAnswers(lab)
  const problems = answers.length < FEWEST_WRONG ? [`${answers.length} wrong answers, fewer than ${FEWEST_WRONG}`] : []
  const effects = new Set(grader.checks.flatMap(({ id, rung }) => (rung === 'effect' ? [id] : [])))
  const reasons = new Map<string, string>()
  for (const { name, file, rejected, says } of answers) {
    if (rejected === undefined || says === undefined) {
      problems.push(`wrong/${name}.ts does not say by what it is @rejected, or what that @says`)
      continue
    }
    const result = await grade(lab, { file, skipTypes: true })
    const first = result.checks.find(({ status }) => status === 'failed')
    // an effect that cannot be looked at here rejects nothing here
    if (first === undefined && effects.has(rejected) && result.status === 'incomplete') continue
    const by = first?.id ?? result.status
    const text =
      first === undefined ? result.problems.join('\n') : `${first.failure!.found}\n${first.failure!.expected}`
    if (by !== rejected)
      problems.push(`wrong/${name}.ts is rejected by ${by}, not by ${rejected}: ${text.split('\n')[0]}`)
    else if (!text.includes(says)) problems.push(`wrong/${name}.ts: ${rejected} does not say '${says}', but '${text}'`)
    const same = reasons.get(`${by}: ${text}`)
    if (same !== undefined) problems.push(`wrong/${name}.ts is rejected as wrong/${same}.ts is, word for word`)
    reasons.set(`${by}: ${text}`, name)
  }
  return problems
}

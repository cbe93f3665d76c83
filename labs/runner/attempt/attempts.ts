/**
 * Attempts in the place of parts. The tool asks for steps as it would ask the reference; the attempt is asked in its sandbox,
 * and what comes back is data: no line of a learner's code runs in this process, which may be root's.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { MiniDockerError } from '#core/errors'
import { type Swap, saysUnsolved } from '#core/lab'
import { type Lab, labs } from '#labs/index'
import { compileAttempt, type Refused } from './compile.js'
import { dataOf } from './plain-shapes.js'
import { interview } from './sandbox.js'
import type { Answer } from './sandboxed.js'
import { stepsOf } from './well-formed.js'

export const modulePath = (directory: string, { id }: Lab): string => `${directory}/${id}.mjs`

/** @returns null when it was compiled into the directory, else why not */
export async function compileInto(directory: string, lab: Lab, file: string): Promise<Refused | null> {
  const compiled = await compileAttempt(lab, file)
  if ('problems' in compiled) return compiled
  const target = modulePath(directory, lab)
  fs.mkdirSync(path.dirname(target), { recursive: true })
  fs.writeFileSync(target, compiled.code)
  return null
}

interface PartOf {
  readonly key: string
  readonly export: string
}
/** All parts that the lab's attempt writes, the one that it is named after first. */
export const partsOf = ({ part, exports: [name], beside = [] }: Lab): readonly [PartOf, ...PartOf[]] => [
  { key: part, export: name },
  ...beside.map(key => ({ key, export: key })),
]

/** Every part of that chapter which has an attempt in the directory is the attempt; a later chapter's part hides an earlier's. */
export function swapIn(directory: string, chapter: string): Swap {
  return (key, reference) => {
    const isIt = (one: PartOf): boolean => one.key === key
    const lab = labs.findLast(one => partsOf(one).some(isIt) && one.chapter <= chapter)
    if (lab === undefined || !fs.existsSync(modulePath(directory, lab))) return reference
    const ask = (...args: readonly (readonly unknown[])[]) => {
      const { export: name } = partsOf(lab).find(isIt)!
      const { answers, ended } = interview(modulePath(directory, lab), [{ export: name, args }])
      const value = valueOf(lab, answers[0], ended, name)
      return lab.plain === true ? dataOf(lab, value) : stepsOf(lab, value)
    }
    const part =
      lab.factory === true
        ? (...own: unknown[]) =>
            (...input: unknown[]) =>
              ask(own, input)
        : (...input: unknown[]) => ask(input)
    return part as typeof reference
  }
}

/** @throws MiniDockerError what the attempt threw, or how it ended */
export function valueOf(
  lab: Lab,
  answer: Answer | undefined,
  ended: string | null,
  name: string = lab.exports[0],
): unknown {
  const failed = (why: string, hint?: string): never => {
    throw new MiniDockerError('FailedPrecondition', {
      what: `labs/${lab.id}/attempt.ts`,
      why,
      ...(hint ? { hint } : {}),
    })
  }
  if (answer === undefined) return failed(ended ?? 'gave no answer')
  if ('missing' in answer) return failed(`exports no function '${name}'`)
  if ('value' in answer) return answer.value
  if (saysUnsolved(answer.fault.message))
    return failed('is not solved yet: the part still throws unsolved()', `mini-docker lab watch ${lab.id}`)
  return failed(answer.fault.message, answer.fault.stack.split('\n')[1]?.trim())
}

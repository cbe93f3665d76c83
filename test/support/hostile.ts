/** Attempts at cheating and at harm, and what is wrong with the verdicts that they get. */

import type { Options } from './cli.js'
import type { WorkingCopy } from './labs.js'
import { onQuietMachine } from './patience.js'

const lab = 'ch1/enter-root'
/** Compiler and sandbox. */
const LIMIT_MS = 1000 * onQuietMachine(30)

/** What it does, the attempt, and what its verdict says. */
export type Hostile = readonly [what: string, text: string, status: string, says: RegExp]

interface Checked {
  readonly labs: readonly {
    readonly status: string
    readonly points: number
    readonly problems: readonly string[]
    readonly printed: string
  }[]
}

export const head = "import type { Pass } from '#core/plan/assemble'\n"
export const part = (body: string): string => `${head}export const enterRoot: Pass = spec => {\n${body}\n}\n`
/** Stands for the directory of the working copy. */
export const here = '<here>'

/** All that is not as it should be, at once: the attempts take a while. */
export async function judged(copy: WorkingCopy, options: Options, attempts: readonly Hostile[]): Promise<string[]> {
  const wrong: string[] = []
  for (const [what, text, status, says] of attempts) {
    copy.write(`labs/${lab}/attempt.ts`, text.replaceAll(here, copy.directory))
    const start = performance.now()
    const { code, stdout, stderr } = await copy.lab(['check', lab, '--json'], options)
    const took = Math.round(performance.now() - start)
    if (code !== 1) {
      wrong.push(`${what}: exit ${code}, ${stderr}`)
      continue
    }
    const { problems, printed, points, status: found } = (JSON.parse(stdout) as Checked).labs[0]!
    const said = problems.join('\n')
    if (found !== status || !says.test(said)) wrong.push(`${what}: ${found}, ${said}`)
    if (points > 0) wrong.push(`${what}: it earns ${points} points`)
    if (printed.length > 2000 || said.length > 4000) wrong.push(`${what}: it is long, ${said.slice(0, 99)}`)
    if (took > LIMIT_MS) wrong.push(`${what}: ${took} ms`)
  }
  return wrong
}

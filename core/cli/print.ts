/** What people see: the only file that imports chalk. Loaded only when something is to be shown. */

import chalk, { chalkStderr } from 'chalk'
import type { Tone, ToneLine } from '#core/doctor/lines'
import type { MiniDockerError } from '#core/errors'
import type { StepTrace } from '#core/exec/driver'
import { explainJson, explainLines, type Mark } from '#core/plan/explain'
import { words } from '#core/plan/ops'
import type { Plan } from '#core/plan/step'
import { err, out } from './out.js'

export { err, out }

/** Words in colour where stderr is a terminal. */
export const { bold, dim, red, blue } = chalkStderr

export function printError(error: MiniDockerError): void {
  const hint = error.hint === undefined ? '' : chalkStderr.dim(` (${visible(error.hint)})`)
  err(`${chalkStderr.red('mini-docker:')} ${visible(error.message)}${hint}\n`)
}

const LONGEST = 600

/** One line, whatever was typed: control characters are shown, not sent to the terminal, and what is very long is cut. */
const visible = (text: string): string => {
  const line = text.replace(/[\x00-\x1f\x7f-\x9f]/g, char => JSON.stringify(char).slice(1, -1))
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST / 2)} … ${line.slice(-LONGEST / 2)}`
}

export const printWarning = (text: string): boolean => err(`${chalkStderr.yellow('mini-docker:')} ${text}\n`)

/** What JSON leaves as it is and a terminal obeys is escaped, too: an image's words may be a stranger's. */
export const printJson = (value: unknown): boolean =>
  out(`${JSON.stringify(value, null, 2).replace(/[\x7f-\x9f]/g, char => `\\u00${char.charCodeAt(0).toString(16)}`)}\n`)

const tones: Readonly<Record<Tone, (text: string) => string>> = {
  good: chalk.green,
  poor: chalk.yellow,
  bad: chalk.red,
  quiet: chalk.dim,
  plain: text => text,
}

export const toned = (lines: readonly ToneLine[]): string =>
  lines.map(line => `${line.map(([tone, text]) => tones[tone](text)).join('')}\n`).join('')

export const printToned = (lines: readonly ToneLine[]): boolean => out(toned(lines))

const colour: Readonly<Record<Mark, (text: string) => string>> = {
  head: chalk.bold.cyan,
  call: text => text,
  why: chalk.dim,
  turn: chalk.magenta,
}

export function printPlan(plan: Plan, asJson: boolean): void {
  if (asJson) {
    printJson(explainJson(plan))
    return
  }
  const { lines, hostWidth } = explainLines(plan, Math.max(60, Math.min(process.stdout.columns ?? 120, 160)))
  for (const { mark, host, child } of lines) {
    const show = colour[mark]
    out(`${show(host.padEnd(hostWidth))}${chalk.dim(' │ ')}${show(child)}`.trimEnd().concat('\n'))
  }
}

/** A row of --trace, on stderr: stdout is the container's. */
export function printTrace(plan: Plan, { index, tolerated, start, end }: StepTrace): void {
  const step = plan.steps[index]
  if (step === undefined) return
  const micros = `${(Number(end - start) / 1000).toFixed(1)} µs`.padStart(11)
  const result = tolerated === null ? chalkStderr.green('0') : chalkStderr.yellow(tolerated)
  err(
    `${String(index).padStart(3)} ${chalkStderr.dim(micros)}  ${chalkStderr.cyan(step.phase.padEnd(8))} ${words(step)} = ${result}\n`,
  )
}

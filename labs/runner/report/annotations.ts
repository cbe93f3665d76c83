/**
 * Results as workflow commands of GitHub, which shows them beside the learner's own lines:
 * docs.github.com/actions/reference/workflow-commands-for-github-actions. Pure.
 */

import type { LabResult, Results } from '#labs/runner/grade/results'

/** @param partLine where the attempt of a lab defines its part, from 1 */
export function annotations({ labs, grader }: Results, partLine: (lab: LabResult) => number): string {
  const own = labs.flatMap(lab => annotate(lab, partLine(lab)))
  const changed = grader.intact
    ? []
    : [command('warning', {}, `the points do not count: the grader was changed: ${grader.changed.join(', ')}`)]
  return [...own, ...changed].map(line => `${line}\n`).join('')
}

function annotate(lab: LabResult, line: number): string[] {
  const file = `labs/${lab.lab}/attempt.ts`
  const { status, problems, checks } = lab
  if (status === 'not started') return [command('error', { title: lab.lab }, 'not started')]
  if (status === 'unsolved') return [command('error', { file, line, title: lab.lab }, 'not solved yet')]
  return [
    ...problems.map(text => problem(lab, text, line)),
    ...checks.flatMap(({ id, title, failure, status, reason }) => {
      const place = { file, line, title: `${lab.lab}: ${id}` }
      if (failure !== undefined)
        return [command('error', place, `${title}\nexpected: ${failure.expected}\nfound: ${failure.found}`)]
      return status === 'not run' && problems.length === 0
        ? [command('notice', place, `${title}: not run: ${reason}`)]
        : []
    }),
  ]
}

function problem({ lab }: LabResult, text: string, partLine: number): string {
  const [, file = `labs/${lab}/attempt.ts`, line = partLine, col, message = text] =
    /(labs\/[^\s:]+):(\d+):(\d+): ([\s\S]*)$/.exec(text) ?? []
  return command('error', { file, line, ...(col === undefined ? {} : { col }), title: lab }, message)
}

function command(kind: string, properties: Readonly<Record<string, string | number>>, message: string): string {
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`)
  return `::${kind}${list.length === 0 ? '' : ` ${list.join(',')}`}::${escapeData(message)}`
}

const escapeData = (text: string): string =>
  text
    .replace(/%/g, '%25')
    .replace(/\r/g, '%0D')
    .replace(/\n/g, '%0A')
    .replace(/[\x00-\x1f\x7f]/g, '\ufffd')
const escapeProperty = (text: string): string => escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C')

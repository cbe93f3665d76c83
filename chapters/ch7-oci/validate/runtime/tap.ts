/** What is told of checks: TAP as test runners read it, or JSON. Pure. Source: testanything.org, "TAP version 14". */

import { oneLine, specVersions, urlOf } from '../report.js'
import type { Check } from './check.js'
import type { Must } from './must.js'

export interface Result {
  readonly check: Check
  readonly result: 'ok' | 'broken' | 'skipped'
  /** What was found in its place, or why it was not asked. */
  readonly found?: string
}

export const head = (count: number): string[] => ['TAP version 14', `1..${count}`]

export function tapLines({ check, result, found = '' }: Result, number: number): string[] {
  const { id, must, section, since } = check
  const line = `${result === 'broken' ? 'not ok' : 'ok'} ${number} - ${id}: ${must}`.replaceAll('#', '\\#')
  if (result === 'skipped') return [`${line} # SKIP ${oneLine(found)}`]
  if (result === 'ok') return [line]
  const from = since === undefined ? '' : `, since ${since}`
  return [line, '  ---', `  section: ${section}${from}`, `  found: ${oneLine(JSON.stringify(found))}`, '  ...']
}

export interface Counted {
  readonly total: number
  readonly checked: number
  /** Reasons, the most frequent first. */
  readonly unchecked: readonly (readonly [reason: string, count: number])[]
}

/** @param ids of checks that are there */
export function counted(musts: readonly Must[]): Counted {
  const counts = new Map<string, number>()
  for (const { reason } of musts) if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const unchecked = [...counts].sort(([, one], [, other]) => other - one)
  return { total: musts.length, checked: musts.filter(({ by }) => by.length > 0).length, unchecked }
}

export function tail(results: readonly Result[], musts: readonly Must[]): string[] {
  const number = (result: Result['result']): number => results.filter(one => one.result === result).length
  const { total, checked, unchecked } = counted(musts)
  return [
    `# ${number('ok')} hold, ${number('broken')} broken, ${number('skipped')} skipped`,
    `# ${checked} of ${total} MUSTs of the runtime-spec ${specVersions['runtime-spec']} have a check, ${total - checked} none:`,
    ...unchecked.map(([reason, count]) => `#   ${count} ${reason}`),
  ]
}

/** `version` counts up when a field changes its meaning or goes. */
export const resultsJson = (command: readonly string[], results: readonly Result[], musts: readonly Must[]) => ({
  version: 1,
  kind: 'runtime',
  runtime: command,
  spec: 'runtime-spec',
  specVersion: specVersions['runtime-spec'],
  valid: results.every(({ result }) => result !== 'broken'),
  checks: results.map(({ check: { id, section, must, since }, result, found }) => ({
    id,
    result,
    must,
    section,
    url: urlOf('runtime-spec', section),
    ...(since === undefined ? {} : { since }),
    ...(found === undefined ? {} : { found }),
  })),
  musts: {
    total: musts.length,
    checked: counted(musts).checked,
    unchecked: musts.flatMap(({ section, what, reason }) => (reason === undefined ? [] : [{ section, what, reason }])),
  },
})

/** For people: each check, and below them each MUST that has none. */
export const listLines = (checks: readonly Check[], musts: readonly Must[]): string[] => [
  ...checks.map(({ id, must, section }) => `${id.padEnd(30)} ${must}  (${section})`),
  '',
  ...tail([], musts).slice(1),
  ...musts.flatMap(({ section, what, reason }) => (reason === undefined ? [] : [`  ${section}: ${what}: ${reason}`])),
]

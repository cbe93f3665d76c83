/** Results as JUnit's XML, which every CI reads: a suite a lab, a case a check. Pure. */

import type { CheckResult, LabResult, Results } from '#labs/runner/grade/results'

export function junit({ tool, labs, grader, points, of }: Results): string {
  const suites = labs.map(suite)
  const properties = { tool, points, of, 'grader.digest': grader.digest, 'grader.intact': grader.intact }
  const time = labs.reduce((sum, { seconds }) => sum + seconds, 0)
  const cases = suites.flatMap(({ cases }) => cases)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'mini-docker labs', ...counts(cases), time: time.toFixed(3) })}>`,
    ...suites.map(({ lab, cases }) => suiteText(lab, cases, properties)),
    '</testsuites>',
    '',
  ].join('\n')
}

interface Case {
  readonly name: string
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped'
  readonly message: string
  readonly text: string
}

/** A lab of which nothing could be checked fails as a whole: all its checks were skipped, which alone would look well. */
function suite(lab: LabResult): { readonly lab: LabResult; readonly cases: readonly Case[] } {
  const { status, problems, checks } = lab
  const whole: Partial<Record<LabResult['status'], Case>> = {
    broken: { name: 'attempt', kind: 'error', message: problems[0] ?? 'broken', text: problems.join('\n') },
    unsolved: { name: 'attempt', kind: 'failure', message: 'not solved yet', text: '' },
    'not started': { name: 'attempt', kind: 'failure', message: 'not started', text: '' },
  }
  const first = whole[status]
  return { lab, cases: [...(first === undefined ? [] : [first]), ...checks.map(caseOf)] }
}

function caseOf({ id, title, status, reason, failure }: CheckResult): Case {
  const name = `${id}: ${title}`
  if (status === 'passed') return { name, kind: 'passed', message: '', text: '' }
  if (status === 'not run') return { name, kind: 'skipped', message: reason ?? '', text: '' }
  const { expected, found, rows } = failure!
  const plan = rows.map(({ index, phase, call, marked }) => `${marked ? '→' : ' '} ${index} ${phase} ${call}`)
  return {
    name,
    kind: 'failure',
    message: found,
    text: [`expected: ${expected}`, `found: ${found}`, ...plan].join('\n'),
  }
}

function suiteText(lab: LabResult, cases: readonly Case[], all: Readonly<Record<string, unknown>>): string {
  const own = { ...all, status: lab.status, points: lab.points, of: lab.of }
  return [
    `  <testsuite${attributes({ name: lab.lab, ...counts(cases), time: lab.seconds.toFixed(3) })}>`,
    '    <properties>',
    ...Object.entries(own).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
    '    </properties>',
    ...cases.map(one => caseText(lab, one)),
    ...(lab.printed === '' ? [] : [`    <system-out>${escape(lab.printed)}</system-out>`]),
    '  </testsuite>',
  ].join('\n')
}

function caseText({ lab }: LabResult, { name, kind, message, text }: Case): string {
  const start = `    <testcase${attributes({ classname: lab, name, time: '0' })}`
  if (kind === 'passed') return `${start}/>`
  return `${start}>\n      <${kind}${attributes({ message })}>${escape(text)}</${kind}>\n    </testcase>`
}

const counts = (cases: readonly Case[]) => {
  const of = (kind: Case['kind']): number => cases.filter(one => one.kind === kind).length
  return { tests: cases.length, failures: of('failure'), errors: of('error'), skipped: of('skipped') }
}

const attributes = (all: Readonly<Record<string, unknown>>): string =>
  Object.entries(all)
    .map(([name, value]) => ` ${name}="${escape(String(value)).replace(/\n/g, '&#10;')}"`)
    .join('')

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** XML 1.0 has no way to write other control characters, nor halves of surrogate pairs. */
const escape = (text: string): string =>
  text
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[&<>"]/g, char => entities[char]!)

/** A result for people: one line a check, then the first failure explained. Lines with tones; core/cli/print colours them. */

import type { Tone, ToneLine } from '#core/doctor/lines'
import { fold, moreAlike } from '#core/plan/fold'
import { fromHere, harmless, pageAddress, problemFromHere } from '#labs/runner/attempt/words'
import { manifestName } from '#labs/runner/grade/intact'
import type { CheckResult, LabResult, Results, Row } from '#labs/runner/grade/results'

const marks: Readonly<Record<CheckResult['status'], readonly [Tone, string]>> = {
  passed: ['good', '✓ '],
  failed: ['bad', '✗ '],
  'not run': ['quiet', '– '],
}
const MOST_PROBLEMS = 10

export function labLines(result: LabResult): ToneLine[] {
  const { lab, title, status, checks, problems } = result
  const head: ToneLine = [
    ['plain', lab],
    ['quiet', `  ${title}`],
  ]
  if (status === 'not started')
    return [
      head,
      [
        ['poor', '  not started: '],
        ['plain', `mini-docker lab start ${lab}`],
      ],
    ]
  if (problems.length > 0) {
    const more = problems.length - MOST_PROBLEMS
    const shown = problems.slice(0, MOST_PROBLEMS).map(
      (text): ToneLine => [
        ['bad', '  ✗ '],
        ['plain', problemFromHere(text)],
      ],
    )
    const rest: ToneLine[] = more > 0 ? [[['quiet', `    and ${more} more`]]] : []
    return [head, ...shown, ...rest, ...printedLines(result), [], verdictLine(result)]
  }
  const first = checks.find(check => check.status === 'failed')
  return [
    head,
    ...checks.map(check => (status === 'unsolved' ? toCheckLine(check) : checkLine(check))),
    ...(first === undefined
      ? []
      : ['', ...failureLines(result, first)].map(line => (line === '' ? [] : line) as ToneLine)),
    ...printedLines(result),
    [],
    verdictLine(result),
  ]
}

/** A tool of the learner's own: there are no hints, and no reference beside which it could be put. */
const isBlackBox = (lab: string): boolean => lab.startsWith('black-box/')

/** Before there is anything to judge: what will be. */
const toCheckLine = ({ title, of }: CheckResult): ToneLine => [
  ['quiet', '  · '],
  ['plain', harmless(title)],
  ['quiet', `  ${of} ${of === 1 ? 'point' : 'points'}`],
]

function checkLine({ status, title, reason, points, of }: CheckResult): ToneLine {
  const [tone, mark] = marks[status]
  return [
    ['plain', '  '],
    [tone, mark],
    [status === 'not run' ? 'quiet' : 'plain', harmless(title)],
    ['quiet', status === 'not run' ? `  not run: ${reason}, 0 of ${of}` : `  ${points} of ${of}`],
  ]
}

/** The rule, what was expected and found, the learner's own rows, and where to go from here. */
function failureLines({ lab }: LabResult, check: CheckResult): ToneLine[] {
  const { expected, found, rows } = check.failure!
  return [
    [
      ['bad', `  ${check.id}`],
      ['plain', expected === check.title ? '' : `: ${harmless(check.title)}`],
    ],
    [
      ['quiet', '    expected  '],
      ['plain', harmless(expected)],
    ],
    [
      ['quiet', '    found     '],
      ['plain', harmless(found)],
    ],
    ...(rows.length === 0 ? [] : [[], ...rowLines(rows)]),
    [],
    [
      ['quiet', '    read      '],
      ['plain', pageAddress(check)],
    ],
    ...(isBlackBox(lab)
      ? []
      : [
          [
            ['quiet', '    a hint    '],
            ['plain', `mini-docker lab hint ${lab}`],
          ] as ToneLine,
        ]),
  ]
}

const alike = ({ phase, call, own, marked }: Row): string => JSON.stringify([phase, call, own, marked])

/** The plan around what failed; `yours` are the attempt's steps, the arrow points at those that it is about. */
function rowLines(rows: readonly Row[]): ToneLine[] {
  const width = Math.max(...rows.map(({ phase }) => phase.length))
  return fold(rows, alike).map((row): ToneLine => {
    if (typeof row === 'number') return [['quiet', `         ${moreAlike(row)}`]]
    const { index, phase, call, own, marked } = row
    const tone: Tone = marked ? 'bad' : own ? 'plain' : 'quiet'
    return [
      [marked ? 'bad' : 'quiet', marked ? '  → ' : '    '],
      ['quiet', `${String(index).padStart(3)}  ${phase.padEnd(width)}  `],
      [tone, harmless(call)],
      ['quiet', own ? '  yours' : ''],
    ]
  })
}

function printedLines({ printed }: LabResult): ToneLine[] {
  if (printed.trim() === '') return []
  const lines = harmless(printed).trimEnd().split('\n').slice(0, 12)
  return [[], [['quiet', '  it printed:']], ...lines.map((line): ToneLine => [['quiet', `  │ ${line}`]])]
}

function verdictLine({ lab, status, points, of, checks }: LabResult): ToneLine {
  const sum = `${points} of ${of} points`
  const attempt = fromHere(`labs/${lab}/attempt.ts`)
  switch (status) {
    case 'passed':
      return [
        ['good', `  passed: ${sum}`],
        ['quiet', isBlackBox(lab) ? '' : '  (mini-docker lab diff; mini-docker lab next)'],
      ]
    case 'incomplete': {
      const count = checks.filter(check => check.status === 'not run').length
      return [['poor', `  nothing failed, ${count} not run: ${sum}`]]
    }
    case 'unsolved':
      return [
        ['poor', '  not solved yet: '],
        ['plain', `the part still throws unsolved() (${attempt})`],
      ]
    case 'broken':
      return [['bad', `  it gives no plan to look at: ${sum}`]]
    default:
      return [['bad', `  failed: ${sum}`]]
  }
}

/** What is true of the whole: points of several labs, and a grader that is not the published one. */
export function summaryLines({ labs, points, of, grader }: Results): ToneLine[] {
  const total: ToneLine[] = labs.length > 1 ? [[['plain', `${points} of ${of} points in ${labs.length} labs`]]] : []
  return grader.intact ? total : [...total, ...changedLines(grader)]
}

export function changedLines({ changed }: Results['grader']): ToneLine[] {
  const counts = 'the points do not count:'
  if (changed.length === 1 && changed[0] === manifestName) {
    return [
      [['poor', `${counts} ${manifestName}, which lists the grader's own files, is missing or of no use`]],
      [['plain', `  → git checkout -- ${manifestName}`]],
    ]
  }
  const files = changed.slice(0, 8).map((file): ToneLine => [['quiet', `    ${file}`]])
  const more: ToneLine[] = changed.length > 8 ? [[['quiet', `    and ${changed.length - 8} more`]]] : []
  return [
    [['poor', `${counts} the grader's own files are not the published ones`]],
    ...files,
    ...more,
    [['plain', '  → git checkout -- core labs/runner labs/index.ts test/labs, then npm run build']],
  ]
}

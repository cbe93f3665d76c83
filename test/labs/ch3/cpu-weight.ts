/** The grader of ch3/cpu-weight. */

import { parts } from '#chapters/ch3-cgroups/index'
import type { Spec } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'
import type { Question } from '#labs/runner/attempt/sandboxed'
import type { Case, Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { folderOf, leafOf, limited, ownWrites } from '../support/limit-cases.js'
import { firstFailure, indexesOf } from '../support/plan-rows.js'
import { kernelShowsTheShares, sharesTheProcessor } from './cpu-weight-effects.js'

const { v1, v2, hybrid } = cannedFacts
const nested: Facts = { ...v2, hierarchies: [{ ...v2.hierarchies[0]!, home: '/sys/fs/cgroup/system.slice/box' }] }
const spec = (shares: number): Spec => limited({ cpu: { shares } })

interface Wanted extends Case {
  /** The whole path, and what is written there; null: nothing. */
  readonly write: readonly [path: string, data: string] | null
}
const wanted: Readonly<Record<string, Wanted>> = {
  'usual shares on v2': { spec: spec(1024), facts: v2, write: ['/sys/fs/cgroup/mini-docker/box/cpu.weight', '100'] },
  'half of them on v2': { spec: spec(512), facts: v2, write: ['/sys/fs/cgroup/mini-docker/box/cpu.weight', '59'] },
  'half of them, in a container': {
    spec: spec(512),
    facts: nested,
    write: ['/sys/fs/cgroup/system.slice/box/mini-docker/box/cpu.weight', '59'],
  },
  'usual shares on v1': {
    spec: spec(1024),
    facts: v1,
    write: ['/sys/fs/cgroup/cpu,cpuacct/mini-docker/box/cpu.shares', '1024'],
  },
  'half of them on v1': {
    spec: spec(512),
    facts: v1,
    write: ['/sys/fs/cgroup/cpu,cpuacct/mini-docker/box/cpu.shares', '512'],
  },
  'half of them on a hybrid': {
    spec: spec(512),
    facts: hybrid,
    write: ['/sys/fs/cgroup/cpu,cpuacct/mini-docker/box/cpu.shares', '512'],
  },
  'nothing said': { spec: limited({ cpu: {} }), facts: v2, write: null },
  'shares of 0': { spec: spec(0), facts: v2, write: null },
  'shares of 0 on v1': { spec: spec(0), facts: v1, write: null },
}

const [least, most] = [2, 262_144]
const anchors: readonly (readonly [shares: number, weight: number])[] = [
  [least, 1],
  [1024, 100],
  [most, 10_000],
]
const beyond: readonly (readonly [shares: number, weight: number])[] = [
  [0, 1],
  [1, 1],
  [most + 1, 10_000],
  [1_000_000, 10_000],
]
/** As runc has them: opencontainers/cgroups, ConvertCPUSharesToCgroupV2Value. */
const table: readonly (readonly [shares: number, weight: number])[] = [
  [768, 80],
  [256, 35],
  [3, 2],
  [10, 4],
  [100, 17],
  [512, 59],
  [2048, 174],
  [4096, 303],
  [10_000, 627],
  [65_536, 3023],
  [100_000, 4340],
]
/** Each a tenth more than the one before. */
const ladder: readonly number[] = Array.from({ length: 124 }, (_, i) => Math.round(2 * 1.1 ** i)).filter(
  (one, i, all) => one !== all[i - 1] && one <= most,
)
const weights: readonly number[] = [1, 2, 3, 4, 10, 17, 59, 100, 101, 500, 1000, 3023, 9999, 10_000]

const inWeights = (shares: number): Question => ({ export: 'weightOf', args: [[shares]] })
const inShares = (weight: number): Question => ({ export: 'sharesOf', args: [[weight]] })
const asked = [...new Set([...[...anchors, ...beyond, ...table].map(([shares]) => shares), ...ladder])]

function number(evidence: Evidence, name: string): number {
  const answer = evidence.answer(name)
  return 'value' in answer && typeof answer.value === 'number' ? answer.value : Number.NaN
}
const weightIn = (evidence: Evidence, shares: number): number => number(evidence, `weightOf(${shares})`)

const these =
  (pairs: readonly (readonly [shares: number, weight: number])[]) =>
  (evidence: Evidence): Failure | null => {
    const wrong = pairs.find(([shares, weight]) => weightIn(evidence, shares) !== weight)
    if (wrong === undefined) return null
    const [shares, weight] = wrong
    return {
      expected: `weightOf(${shares}) is ${weight}`,
      found: `weightOf(${shares}) is ${weightIn(evidence, shares)}`,
    }
  }

function judgeWrite({ write }: Wanted, rows: ReturnType<typeof ownWrites>): readonly [string, string] | null {
  const [row, ...more] = rows
  if (write === null)
    return row === undefined ? null : ['no write: nobody asked for shares', `'${row.step.data}' to ${row.step.path}`]
  const [path, data] = write
  const expected = `'${data}' is written to ${path}`
  if (row === undefined) return [expected, 'nothing is written']
  if (more.length > 0) return [expected, `${rows.length} writes`]
  if (leafOf(row.step.path) !== leafOf(path)) return [expected, `${leafOf(row.step.path)}: a file that is not there`]
  if (folderOf(row.step.path) !== folderOf(path)) return [expected, `written to ${row.step.path}`]
  return row.step.data === data ? null : [expected, `'${row.step.data}' is written`]
}

export const grader: Grader = {
  lab: 'ch3/cpu-weight',
  about: ['write_cgroup'],
  around: parts,
  cases: wanted,
  questions: Object.fromEntries([
    ...asked.map(shares => [`weightOf(${shares})`, inWeights(shares)] as const),
    ...weights.map(weight => [`sharesOf(${weight})`, inShares(weight)] as const),
  ]),
  checks: [
    {
      id: 'least-usual-most',
      rung: 'plan',
      title: 'the least, the usual and the most of one are the least, the usual and the most of the other',
      points: 1,
      judge: these(anchors),
    },
    {
      id: 'beyond-the-ends',
      rung: 'plan',
      title: 'what is beyond the ends counts as the end',
      points: 1,
      judge: these(beyond),
    },
    {
      id: 'never-falls',
      rung: 'plan',
      title: 'more shares are never less weight',
      points: 1,
      judge(evidence) {
        const at = ladder.findIndex(
          (shares, i) => i > 0 && !(weightIn(evidence, shares) >= weightIn(evidence, ladder[i - 1]!)),
        )
        if (at < 0) return null
        const [one, other] = [ladder[at - 1]!, ladder[at]!]
        const said = [one, other].map(shares => `weightOf(${shares}) is ${weightIn(evidence, shares)}`)
        return { expected: 'weights that rise with the shares', found: said.join(', and ') }
      },
    },
    {
      id: 'as-runc-counts',
      rung: 'plan',
      title: 'in between it is the parabola, rounded up',
      points: 1,
      judge: these(table),
    },
    {
      id: 'there-and-back',
      rung: 'plan',
      title: 'sharesOf gives the least shares that have this weight',
      points: 1,
      judge(evidence) {
        for (const weight of weights) {
          const shares = number(evidence, `sharesOf(${weight})`)
          const right = leastShares(weight)
          const expected = `sharesOf(${weight}) is ${right}, the least that weigh ${weight}`
          if (shares !== right) return { expected, found: `${shares}, of which the weight is ${trueWeight(shares)}` }
        }
        return null
      },
    },
    {
      id: 'what-this-host-reads',
      rung: 'plan',
      title: 'v2 is given a weight, v1 is given shares, who says nothing is given neither',
      points: 2,
      judge: evidence =>
        firstFailure(Object.keys(wanted), name => {
          const plan = evidence.plan(name)
          const rows = ownWrites(plan, 'cpuWeight')
          const said = judgeWrite(wanted[name]!, rows)
          return said && { expected: said[0], found: `in the case '${name}': ${said[1]}`, plan, rows: indexesOf(rows) }
        }),
    },
    {
      id: 'kernel-shows-it',
      rung: 'effect',
      title: 'while it runs, the file holds what was asked for',
      points: 1,
      needs: ['root', 'cgroups'],
      judge: room => survived(() => kernelShowsTheShares(room)),
    },
    {
      id: 'shares-the-processor',
      rung: 'effect',
      title: 'two that want one processor get it by their shares',
      points: 1,
      needs: ['root', 'cgroups'],
      judge: room => survived(() => sharesTheProcessor(room)),
    },
  ],
}

/** runc's formula, with which the kernel's own view is compared; an attempt's may look quite different. */
function trueWeight(shares: number): number {
  const l = Math.log2(Math.min(Math.max(shares, least), most))
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34))
}
function leastShares(weight: number): number {
  let shares = least
  while (trueWeight(shares) < weight) shares++
  return shares
}

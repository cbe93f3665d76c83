/** The grader of ch3/gate. */

import { examples as ch2Examples } from '#chapters/ch2-namespaces/examples'
import { examples } from '#chapters/ch3-cgroups/examples'
import { directoriesOf, parts } from '#chapters/ch3-cgroups/index'
import { orderOf } from '#core/plan/phase'
import { find } from '#core/plan/query'
import type { Plan } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'
import type { Case, Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { firstFailure, indexesOf, type RowOf, rowsOf } from '../support/plan-rows.js'
import { hostCountsIt, limitsTheFirst } from './gate-effects.js'

const { v1, v2, hybrid } = cannedFacts
const { group, limits } = examples
const { cgroupsPath = '', ...nowhere } = group.linux ?? {}
const { userns } = ch2Examples
const withUsers: Spec = { ...userns, linux: { ...userns.linux, cgroupsPath } }
const nested: Facts = { ...v2, hierarchies: [{ ...v2.hierarchies[0]!, home: '/sys/fs/cgroup/system.slice/box' }] }

interface Situation extends Case {
  /** Whether init can be born inside; else the reason. */
  readonly born: true | string
}
const situations: Readonly<Record<string, Situation>> = {
  v2: { spec: limits, facts: v2, born: true },
  'v2, in a container': { spec: group, facts: nested, born: true },
  v1: { spec: limits, facts: v1, born: 'v1 has no such call' },
  // a new kernel all the same
  hybrid: { spec: limits, facts: hybrid, born: 'one call names one directory, and there are several' },
  'v2 before Linux 5.7': {
    spec: group,
    facts: { ...v2, cloneInto: false },
    born: 'clone3 has no CLONE_INTO_CGROUP there',
  },
  'v2, with a user namespace': { spec: withUsers, facts: v2, born: "root of the container's user namespace may not" },
  'v1, with a user namespace': { spec: withUsers, facts: v1, born: 'v1 has no such call' },
  'no cgroup of its own': { spec: { ...group, linux: nowhere }, facts: v2, born: 'there is none' },
}

type Way = RowOf<'join_cgroup' | 'open_cgroup'>
type Said = readonly [expected: string, found: string]
const eachOf =
  (judge: (one: Situation, own: readonly Way[], plan: Plan) => Said | null) =>
  ({ plan: planOf }: Evidence): Failure | null =>
    firstFailure(Object.keys(situations), name => {
      const plan = planOf(name)
      const own = rowsOf(plan, 'join_cgroup', 'open_cgroup').filter(({ step }) => step.by === 'lab.gate')
      const said = judge(situations[name]!, own, plan)
      return said && { expected: said[0], found: `in the case '${name}': ${said[1]}`, plan, rows: indexesOf(own) }
    })

const everyHierarchy = ({ spec, facts }: Situation, own: readonly Way[]): Said | null => {
  const wanted = directoriesOf(spec, facts).map(({ path }) => path)
  const named = own.map(({ step }) => step.path)
  const missing = wanted.filter(path => !named.includes(path))
  const strange = named.filter(path => !wanted.includes(path))
  const expected = `${wanted.length === 0 ? 'no step' : `a step for ${wanted.join(', ')}`}`
  if (strange.length > 0) return [expected, `one for ${strange[0]}`]
  return missing.length === 0 ? null : [expected, `none for ${missing.join(', ')}: there it stays where we are`]
}

const oneWay = (_: Situation, own: readonly Way[]): Said | null => {
  const ways = new Set(own.map(({ step }) => step.op))
  if (ways.size > 1) return ['it is put there, or it is born there', 'both: the stage joins, and init is born inside']
  const paths = own.map(({ step }) => step.path)
  const twice = paths.find((path, i) => paths.indexOf(path) !== i)
  return twice === undefined ? null : ['one step for each directory', `two for ${twice}`]
}

const beforeItIsSent = (_: Situation, own: readonly Way[]): Said | null => {
  for (const { step } of own) {
    if (step.op !== 'join_cgroup') continue
    const expected =
      'the stage joins, in the phase join: it waits for its program, and what it forks is born where it is'
    if (orderOf(step.phase) < orderOf('join'))
      return [expected, `in the phase ${step.phase}, in which limits are still written`]
    if (orderOf(step.phase) > orderOf('join')) {
      const running = orderOf(step.phase) >= orderOf('started')
      return [
        expected,
        `in the phase ${step.phase}: ${running ? 'the program runs already' : 'it has done a part of its work'}`,
      ]
    }
    if (step.of !== 'stage') return [expected, `${step.of} joins, which there is not yet`]
  }
  return null
}

const bornInside = ({ born }: Situation, own: readonly Way[], plan: Plan): Said | null => {
  if (born !== true) return null
  const expected = 'open_cgroup before the fork, which starts init right in there: nothing has to be moved'
  const open = own.find(({ step }) => step.op === 'open_cgroup')
  if (open === undefined) return [expected, 'the stage is moved: a write that waits for all processors']
  const fork = find(plan, 'fork')[0]?.index ?? 0
  return open.index < fork ? null : [expected, 'only after the fork']
}

const notThere = ({ born }: Situation, own: readonly Way[]): Said | null =>
  born !== true && own.some(({ step }) => step.op === 'open_cgroup')
    ? [`the stage joins: ${born}`, 'init is to be born inside']
    : null

export const grader: Grader = {
  lab: 'ch3/gate',
  about: ['join_cgroup', 'open_cgroup'],
  around: parts,
  cases: situations,
  checks: [
    {
      id: 'every-hierarchy',
      rung: 'plan',
      title: "the container's directory of every hierarchy is named, and no other",
      points: 1,
      judge: eachOf(everyHierarchy),
    },
    {
      id: 'one-way',
      rung: 'plan',
      title: 'it joins, or it is born inside: one of the two',
      points: 1,
      judge: eachOf(oneWay),
    },
    {
      id: 'before-it-is-sent',
      rung: 'plan',
      title: 'it is the stage that joins, before it is sent what to do',
      points: 2,
      judge: eachOf(beforeItIsSent),
    },
    {
      id: 'born-inside',
      rung: 'plan',
      title: 'where the kernel can, init is born in its cgroup',
      points: 1,
      judge: eachOf(bornInside),
    },
    {
      id: 'not-everywhere',
      rung: 'plan',
      title: 'where it cannot, the stage joins',
      points: 1,
      judge: eachOf(notThere),
    },
    {
      id: 'host-counts-it',
      rung: 'effect',
      title: 'the host finds it in its cgroup of every hierarchy',
      points: 1,
      needs: ['root', 'cgroups'],
      judge: room => survived(() => hostCountsIt(room)),
    },
    {
      id: 'limits-the-first',
      rung: 'effect',
      title: 'a limit holds for the first thing that the program does',
      points: 2,
      needs: ['root', 'cgroups'],
      judge: room => survived(() => limitsTheFirst(room)),
    },
  ],
}

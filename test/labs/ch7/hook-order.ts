/** The grader of ch7/hook-order. */

import { randomBytes, randomInt } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { examples } from '#chapters/ch2-namespaces/examples'
import { parts } from '#chapters/ch7-oci/index'
import { orderOf } from '#core/plan/phase'
import type { Plan } from '#core/plan/step'
import type { Hook, HookKind, Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { firstFailure, indexesOf, type RowOf, rowsOf } from '../support/plan-rows.js'
import { calledInOrder } from './hook-order-effects.js'

const { container } = examples
const nonce = (): string => randomBytes(4).toString('hex')

/** Each is known by a word of its own; two of a list may be the same program. */
const hook = (more: Partial<Hook> = {}): Hook => ({ path: `/opt/hooks/${nonce()}`, args: ['hook', nonce()], ...more })
const twice = `/opt/hooks/${nonce()}`
const some = (): Hook[] => [
  hook({ path: twice, timeout: randomInt(1, 60) }),
  hook({ env: [`WORD=${nonce()}`, 'PATH=/bin'] }),
  hook({ path: twice }),
]
type Hooks = NonNullable<Spec['hooks']>
const everyKind = (): Hooks => ({
  prestart: some(),
  createRuntime: some(),
  createContainer: some(),
  startContainer: some(),
  poststart: some(),
  poststop: some(),
})

interface Situation {
  readonly hooks: Hooks | undefined
  readonly state: Readonly<Record<string, unknown>>
}
const newState = (): Situation['state'] => ({
  ociVersion: '1.2.1',
  id: nonce(),
  status: 'created',
  bundle: `/srv/${nonce()}`,
  annotations: { [`org.example.${nonce()}`]: nonce() },
})
const situation = (hooks: Hooks | undefined): Situation => ({ hooks, state: newState() })
const { prestart, createRuntime, ...others } = everyKind()
const situations: Readonly<Record<string, Situation>> = {
  'both kinds': situation({ prestart: prestart!, createRuntime: createRuntime! }),
  'written the other way round': situation({ createRuntime: some(), prestart: some() }),
  'all six kinds': situation(everyKind()),
  'createRuntime alone': situation({ createRuntime: [hook()] }),
  'prestart alone': situation({ prestart: [hook()] }),
  'the other four': situation(others),
  'empty lists': situation({ prestart: [], createRuntime: [] }),
  'no hooks': situation(undefined),
}
const specOf = ({ hooks }: Situation): Spec => (hooks === undefined ? container : { ...container, hooks })

type Row = RowOf<'hook'>
const due = ['prestart', 'createRuntime'] as const
interface Entry {
  readonly kind: HookKind
  readonly index: number
  readonly hook: Hook
}
const entries = ({ hooks = {} }: Situation, kinds = Object.keys(hooks) as readonly HookKind[]): Entry[] =>
  kinds.flatMap(kind => (hooks[kind] ?? []).map((hook, index) => ({ kind, index, hook })))
/** Of which hook of config.json a step is: by the word that it alone has. */
const entryOf = (one: Situation, { step }: Row): Entry | undefined =>
  entries(one).find(({ hook }) => step.hook.args?.[1] === hook.args![1])
const inWords = ({ kind, index }: Entry): string => `${kind} ${index}`

type Said = readonly [expected: string, found: string, rows?: readonly Row[]]
const each =
  (judge: (one: Situation, rows: readonly Row[], plan: Plan) => Said | null) =>
  ({ plan: planOf }: Evidence): Failure | null =>
    firstFailure(Object.keys(situations), name => {
      const plan = planOf(name)
      const rows = rowsOf(plan, 'hook')
      const said = judge(situations[name]!, rows, plan)
      return (
        said && {
          expected: said[0],
          found: `in the case '${name}': ${said[1]}`,
          plan,
          rows: indexesOf(said[2] ?? rows),
        }
      )
    })

const hostHooks = (one: Situation, rows: readonly Row[]): Said | null => {
  const expected = 'a step for each hook of prestart and of createRuntime, and for no other'
  const found = rows.map(row => entryOf(one, row))
  const stranger = rows[found.indexOf(undefined)]
  if (stranger !== undefined) return [expected, `${stranger.step.hook.path} stands nowhere in config.json`, [stranger]]
  const early = found.find(entry => !due.some(kind => kind === entry?.kind))
  if (early !== undefined) return [expected, `${early.kind} hooks are called, too: their time has not come`]
  for (const entry of entries(one, due)) {
    const times = found.filter(other => other?.hook === entry.hook).length
    if (times === 0) return [expected, `${inWords(entry)} is never called`]
    if (times > 1) return [expected, `${inWords(entry)} is called ${times} times`]
  }
  return null
}

const inOrder = (one: Situation, rows: readonly Row[]): Said | null => {
  const wanted = entries(one, due).map(inWords)
  const found = rows.map(row => inWords(entryOf(one, row)!))
  return found.join() === wanted.join() ? null : [wanted.join(', '), found.join(', ')]
}

const asItIs = (one: Situation, rows: readonly Row[]): Said | null => {
  for (const row of rows) {
    const entry = entryOf(one, row)!
    const { step } = row
    if (step.kind !== entry.kind || step.index !== entry.index)
      return [
        `errors name a hook as config.json has it: ${inWords(entry)}`,
        `it is called ${step.kind} ${step.index}`,
        [row],
      ]
    const lost = (['path', 'args', 'env', 'timeout'] as const).find(
      key => !isDeepStrictEqual(step.hook[key], entry.hook[key]),
    )
    if (lost !== undefined)
      return [
        `its ${lost} is ${JSON.stringify(entry.hook[lost]) ?? 'not there'}`,
        `${inWords(entry)} has ${JSON.stringify(step.hook[lost]) ?? 'none'}`,
        [row],
      ]
  }
  return null
}

const toldTheState = ({ state }: Situation, rows: readonly Row[]): Said | null => {
  for (const row of rows) {
    const keys = [...new Set([...Object.keys(state), ...Object.keys(row.step.state)])]
    const wrong = keys.find(key => !isDeepStrictEqual(row.step.state[key], state[key]))
    if (wrong !== undefined)
      return [
        `a hook is told the state that your part is given: '${wrong}' is ${JSON.stringify(state[wrong]) ?? 'not in it'}`,
        `it is ${JSON.stringify(row.step.state[wrong]) ?? 'not there'}`,
        [row],
      ]
  }
  return null
}

const whenDue = (_: Situation, rows: readonly Row[]): Said | null => {
  const expected = 'in the phase runtime-hooks: the namespaces are made, and the host is still in sight'
  for (const row of rows) {
    const { phase } = row.step
    if (orderOf(phase) < orderOf('runtime-hooks'))
      return [expected, `in the phase ${phase}: the root is not there yet, and maybe no namespace`, [row]]
    if (orderOf(phase) > orderOf('runtime-hooks'))
      return [expected, `in the phase ${phase}: what they bring can come into the container no more`, [row]]
  }
  return null
}

const noneForgiven = (one: Situation, rows: readonly Row[]): Said | null => {
  const row = rows.find(({ step }) => (step.tolerate ?? []).length > 0)
  return row === undefined
    ? null
    : [
        'a hook that fails makes create fail',
        `${inWords(entryOf(one, row)!)} may end with ${row.step.tolerate!.join(' or ')}, and the container starts without it`,
        [row],
      ]
}

/** What all but the first check ask: whose hooks they are is known. */
const ofKnown =
  (judge: (one: Situation, rows: readonly Row[]) => Said | null) =>
  (one: Situation, rows: readonly Row[]): Said | null =>
    judge(
      one,
      rows.filter(row => entryOf(one, row) !== undefined),
    )

export const grader: Grader = {
  lab: 'ch7/hook-order',
  around: parts,
  cases: Object.fromEntries(
    Object.entries(situations).map(([name, one]) => [
      name,
      { spec: specOf(one), facts: cannedFacts.v2, own: [one.state] },
    ]),
  ),
  about: ['hook'],
  checks: [
    {
      id: 'host-hooks',
      rung: 'plan',
      title: 'each hook of the two kinds is called, once, and none of another kind',
      points: 1,
      judge: each(hostHooks),
    },
    {
      id: 'prestart-first',
      rung: 'plan',
      title: 'prestart comes first, and each list is called from its beginning',
      points: 2,
      judge: each(ofKnown(inOrder)),
    },
    {
      id: 'each-as-it-is',
      rung: 'plan',
      title: 'a hook is called as config.json has it, and by its place there',
      points: 1,
      judge: each(ofKnown(asItIs)),
    },
    {
      id: 'told-the-state',
      rung: 'plan',
      title: 'each is told the state',
      points: 1,
      judge: each(toldTheState),
    },
    {
      id: 'when-it-is-due',
      rung: 'plan',
      title: 'they are called when the namespaces are made, and before the root is changed',
      points: 1,
      judge: each(whenDue),
    },
    {
      id: 'none-forgiven',
      rung: 'plan',
      title: 'a hook that fails is an error',
      points: 1,
      judge: each(ofKnown(noneForgiven)),
    },
    {
      id: 'called-in-order',
      rung: 'effect',
      title: 'create calls real programs in that order, tells them the state, and fails with the first that does',
      points: 2,
      needs: ['root'],
      judge: room => survived(() => calledInOrder(room)),
    },
  ],
}

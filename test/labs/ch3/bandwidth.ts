/** The grader of ch3/bandwidth. */

import { connectedExamples } from '#chapters/ch2-namespaces/network/examples'
import { bridgeName } from '#chapters/ch2-namespaces/network/lease'
import type { Bandwidth, Rate } from '#chapters/ch3-cgroups/network/bandwidth'
import { orderOf } from '#core/plan/phase'
import type { Plan } from '#core/plan/step'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { firstFailure, indexesOf, type RowOf, rowsOf } from '../support/plan-rows.js'
import { type PlayedTc, playTc, type Queue } from '../support/play-tc.js'
import { takesItsTime } from './bandwidth-effects.js'

const { spec, facts, parts } = connectedExamples.bridge

/** The example's own cable. */
const veth = rowsOf({ steps: parts.bridge!(spec, facts) }, 'ip_batch')
  .flatMap(({ step }) => step.inverse?.lines ?? [])
  .join()
  .split(' ')
  .at(-1)!
const slow: Rate = { rate: 2_000_000, burst: 32_768 }
const fast: Rate = { rate: 10_000_000, burst: 65_536 }
const odd: Rate = { rate: 1_234_567, burst: 40_001 }
const wishes: Readonly<Record<string, Bandwidth>> = {
  'both directions': { in: fast, out: slow },
  'both, at odd rates': { in: slow, out: odd },
  'in alone': { in: fast, out: null },
  'out alone': { in: null, out: slow },
  neither: { in: null, out: null },
}

type Said = readonly [expected: string, found: string]
type Batches = readonly RowOf<'tc_batch'>[]
const eachWish =
  (judge: (wish: Bandwidth, played: PlayedTc, batches: Batches, plan: Plan) => Said | null) =>
  ({ plan: planOf }: Evidence): Failure | null =>
    firstFailure(Object.keys(wishes), name => {
      const plan = planOf(name)
      const batches = rowsOf(plan, 'tc_batch').filter(({ step }) => step.by === 'lab.bandwidth')
      const said = judge(wishes[name]!, playOn(batches), batches, plan)
      return said && { expected: said[0], found: `in the case '${name}': ${said[1]}`, plan, rows: indexesOf(batches) }
    })

const playOn = (batches: Batches): PlayedTc =>
  playTc(
    batches.map(({ step }) => ({ where: step.netns === undefined ? 'host' : 'container', lines: step.lines })),
    { host: ['lo', 'eth0', bridgeName, veth], container: ['lo', 'eth0'] },
  )

const judgeLines = (_: Bandwidth, { refused }: PlayedTc, batches: Batches, plan: Plan): Said | null => {
  const cable = rowsOf(plan, 'ip_batch').at(-1)!.index
  for (const { index, step } of batches) {
    const expected = 'the phase wire, when the cable is laid and the program does not run yet'
    if (index < cable) return [expected, `tc is called in the phase ${step.phase}: there is no cable`]
    if (orderOf(step.phase) >= orderOf('started'))
      return [expected, `tc is called in the phase ${step.phase}: the program runs`]
    if (step.netns !== undefined && step.netns.of !== 'init')
      return ["init's network namespace", `that of ${step.netns.of}`]
  }
  return refused === null ? null : ['tc takes every line', `${refused.line}: ${refused.why}`]
}

const isAt = (where: Queue['where'], device: string) => (queue: Queue) =>
  queue.where === where && queue.device === device
const ends = {
  in: { at: isAt('host', veth), said: `the host's end, ${veth}: what goes in leaves the host there` },
  out: { at: isAt('container', 'eth0'), said: "the container's end, eth0 inside: what goes out leaves it there" },
} as const
const listed = (queues: readonly Queue[]): string =>
  queues.map(({ where, device }) => `at ${device} of the ${where}`).join(', ') || 'nowhere'

/** Where it is, and by the rate, that it is not the other one's. */
const judgeEnd =
  (way: 'in' | 'out') =>
  (wish: Bandwidth, { queues }: PlayedTc): Said | null => {
    const wanted = wish[way]
    if (wanted === null) return null
    const { at, said } = ends[way]
    const queue = queues.find(at)
    if (queue === undefined) return [`a queue at ${said}`, `there are queues ${listed(queues)}`]
    const other = wish[way === 'in' ? 'out' : 'in']
    return other !== null && queue.rate === other.rate && other.rate !== wanted.rate
      ? [
          `a queue at ${said}`,
          `the one there lets through what is meant for the other way: ${queue.rate} bits a second`,
        ]
      : null
  }

const judgeRates = (wish: Bandwidth, { queues }: PlayedTc): Said | null => {
  for (const way of ['in', 'out'] as const) {
    const [wanted, queue] = [wish[way], queues.find(ends[way].at)]
    if (wanted === null || queue === undefined) continue
    if (queue.rate !== wanted.rate) return [`${way}: ${wanted.rate} bits a second`, `${queue.rate} bits a second`]
    if (queue.burst !== wanted.burst) return [`${way}: ${wanted.burst} bytes at once`, `${queue.burst} bytes at once`]
  }
  return null
}

const judgeOthers = (wish: Bandwidth, { queues }: PlayedTc): Said | null => {
  const others = queues.filter(
    queue => !(['in', 'out'] as const).some(way => wish[way] !== null && ends[way].at(queue)),
  )
  return others.length === 0
    ? null
    : ['no queue where nobody asked for one', `one ${listed(others)}, of ${others[0]!.rate} bits a second`]
}

export const grader: Grader = {
  lab: 'ch3/bandwidth',
  about: ['tc_batch'],
  around: parts,
  cases: Object.fromEntries(Object.entries(wishes).map(([name, wish]) => [name, { spec, facts, own: [veth, wish] }])),
  checks: [
    {
      id: 'every-line-works',
      rung: 'plan',
      title: 'tc takes every line where and when it is said',
      points: 2,
      judge: eachWish(judgeLines),
    },
    {
      id: 'in-where-it-leaves',
      rung: 'plan',
      title: "what goes in waits at the host's end of the cable",
      points: 1,
      judge: eachWish(judgeEnd('in')),
    },
    {
      id: 'out-where-it-leaves',
      rung: 'plan',
      title: "what goes out waits at the container's end",
      points: 1,
      judge: eachWish(judgeEnd('out')),
    },
    {
      id: 'rate-and-burst',
      rung: 'plan',
      title: 'the rate is in bits, the burst in bytes, and both are as asked for',
      points: 2,
      judge: eachWish(judgeRates),
    },
    {
      id: 'nobody-else',
      rung: 'plan',
      title: 'nothing is slowed down that nobody asked to be',
      points: 1,
      judge: eachWish(judgeOthers),
    },
    {
      id: 'in-takes-its-time',
      rung: 'effect',
      title: 'a file that goes in takes as long as it should',
      points: 1,
      needs: ['root', 'cgroups', 'ip', 'nft', 'nsenter', 'tc'],
      judge: room => survived(() => takesItsTime(room, 'in')),
    },
    {
      id: 'out-takes-its-time',
      rung: 'effect',
      title: 'a file that goes out takes as long as it should',
      points: 1,
      needs: ['root', 'cgroups', 'ip', 'nft', 'nsenter', 'tc'],
      judge: room => survived(() => takesItsTime(room, 'out')),
    },
  ],
}

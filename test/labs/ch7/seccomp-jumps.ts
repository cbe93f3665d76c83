/** The grader of ch7/seccomp-jumps: programs are put together, and run for calls whose treatment the ranges say. */

import { randomInt } from 'node:crypto'
import { assemble, type Line } from '#chapters/ch7-oci/seccomp/bpf'
import type { Range, Rule, Test } from '#chapters/ch7-oci/seccomp/rules'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { runBpf } from '#support/bpf'
import { answerOf, ask, differ } from '../support/answers.js'
import { firstFailure } from '../support/plan-rows.js'
import { kernelAgrees } from './seccomp-jumps-effects.js'

/** Arguments, as one writes them down, and what is to come of the call. */
interface Asked {
  readonly nr: number
  readonly args?: readonly bigint[]
  readonly action: number
}
interface Situation {
  readonly ranges: readonly Range[]
  readonly calls: readonly Asked[]
}
type Situations = Readonly<Record<string, Situation>>

const ALL = 0xffffffff
const [HIT, MISS, OTHER] = [randomInt(100, 200), randomInt(200, 300), randomInt(300, 400)]
const half = (number: bigint): readonly [high: number, low: number] => [
  Number(number >> 32n),
  Number(BigInt.asUintN(32, number)),
]

/** Of 64 bits. @param mask which bits count */
function wide(op: Test['op'], index: number, value: bigint, mask = 2n ** 64n - 1n): Test {
  const [[high, low], [highMask, lowMask]] = [half(value), half(mask)]
  const at = 16 + 8 * index
  return {
    op,
    words: [
      { at: at + 4, mask: highMask, value: high },
      { at, mask: lowMask, value: low },
    ],
  }
}
const narrow = (op: Test['op'], index: number, value: number): Test => ({
  op,
  words: [{ at: 16 + 8 * index, mask: ALL, value }],
})

const rule = (action: number, ...tests: readonly Test[]): Rule => ({ tests, action })
const plain = (from: number, otherwise: number): Range => ({ from, rules: [], otherwise })
/** One call, 7, with rules; those before and behind it have none. */
const ruled = (...rules: readonly Rule[]): Range[] => [
  plain(0, OTHER),
  { from: 7, rules, otherwise: MISS },
  plain(8, OTHER),
]
const seven = (action: number, ...args: readonly bigint[]): Asked => ({ nr: 7, args, action })
const around: readonly Asked[] = [
  { nr: 6, action: OTHER },
  { nr: 8, action: OTHER },
]

/** At random, but never next to each other: so that each has a first and a last. */
function rangesAtRandom(count: number): Situation {
  let from = 0
  const ranges = Array.from({ length: count }, (_, i) => {
    const range = plain(from, 1000 + i)
    from += randomInt(2, 9)
    return range
  })
  const calls = ranges.flatMap(({ from: first, otherwise }, i) => [
    { nr: first, action: otherwise },
    { nr: (ranges[i + 1]?.from ?? 2 ** 32) - 1, action: otherwise },
  ])
  return { ranges, calls }
}

const search: Situations = {
  'one range for all calls': { ranges: [plain(0, HIT)], calls: [0, 5, ALL].map(nr => ({ nr, action: HIT })) },
  'two ranges': rangesAtRandom(2),
  'three ranges': rangesAtRandom(3),
  'seventeen ranges': rangesAtRandom(17),
  'seventy ranges': rangesAtRandom(70),
  'ranges up to the last number': {
    ranges: [plain(0, HIT), plain(0x40000000, MISS), plain(ALL, OTHER)],
    calls: [
      { nr: 0x3fffffff, action: HIT },
      { nr: 0x40000000, action: MISS },
      { nr: 0xfffffffe, action: MISS },
      { nr: ALL, action: OTHER },
    ],
  },
}

const value = BigInt(randomInt(0x10, 0x7fffffff)) * 2n ** 32n + BigInt(randomInt(0x10, 0x7fffffff))
const [otherHigh, otherLow] = [value + 2n ** 32n, value + 1n]
const both = otherHigh + 1n
const equality: Situations = {
  'equal, 64 bits': {
    ranges: ruled(rule(HIT, wide('equal', 1, value))),
    calls: [
      seven(HIT, 0n, value),
      seven(MISS, 0n, otherHigh),
      seven(MISS, 0n, otherLow),
      seven(MISS, value, 0n),
      ...around,
    ],
  },
  'not equal, 64 bits': {
    ranges: ruled(rule(HIT, wide('not-equal', 0, value))),
    calls: [seven(MISS, value), seven(HIT, otherHigh), seven(HIT, otherLow), seven(HIT, both), ...around],
  },
  'equal, 32 bits': {
    ranges: ruled(rule(HIT, narrow('equal', 2, 9))),
    calls: [seven(HIT, 0n, 0n, 9n), seven(MISS, 0n, 0n, 8n)],
  },
  'not equal, 32 bits': {
    ranges: ruled(rule(HIT, narrow('not-equal', 2, 9))),
    calls: [seven(MISS, 0n, 0n, 9n), seven(HIT, 0n, 0n, 8n)],
  },
}

const flags = 0x8000000010000000n
const masks: Situations = {
  'two bits that must not be there': {
    ranges: ruled(rule(HIT, wide('equal', 0, 0n, flags))),
    calls: [seven(HIT, 0x11n), seven(HIT, 0x7fffffff00000011n), seven(MISS, 0x10000011n), seven(MISS, 2n ** 63n)],
  },
  'a bit that must be there': {
    ranges: ruled(rule(HIT, wide('equal', 0, 0x8000000000000000n, flags))),
    calls: [seven(HIT, 0x8000000000000001n), seven(MISS, 0x8000000010000001n), seven(MISS, 1n)],
  },
  'a mask in one half alone': {
    ranges: ruled(rule(HIT, { op: 'equal', words: [{ at: 20, mask: 0xff, value: 3 }] })),
    calls: [seven(HIT, 0xab03_00000000n), seven(MISS, 3n), seven(MISS, 0x04_00000003n)],
  },
}

const [below, above] = [value - 1n, value + 1n]
/** Less in the upper half and more in the lower one; and the other way round. */
const [lessHigh, moreHigh] = [value - 2n ** 32n + 5n, value + 2n ** 32n - 5n]
const order = (op: Test['op'], holds: (arg: bigint) => boolean): Situation => ({
  ranges: ruled(rule(HIT, wide(op, 3, value))),
  calls: [value, below, above, lessHigh, moreHigh, 0n, 2n ** 64n - 1n, 2n ** 63n].map(arg =>
    seven(holds(arg) ? HIT : MISS, 0n, 0n, 0n, arg),
  ),
})
const orders: Situations = {
  greater: order('greater', arg => arg > value),
  'at least': order('at-least', arg => arg >= value),
  less: order('less', arg => arg < value),
  'at most': order('at-most', arg => arg <= value),
  'less, 32 bits': {
    ranges: ruled(rule(HIT, narrow('less', 0, 40))),
    calls: [seven(HIT, 39n), seven(MISS, 40n), seven(MISS, 0xffffffffn)],
  },
  'at least, 32 bits': {
    ranges: ruled(rule(HIT, narrow('at-least', 0, 40))),
    calls: [seven(MISS, 39n), seven(HIT, 40n), seven(HIT, 0xffffffffn)],
  },
}

const rules: Situations = {
  'a rule with two tests': {
    ranges: ruled(rule(HIT, wide('less', 0, 5n), wide('equal', 1, value))),
    calls: [seven(HIT, 4n, value), seven(MISS, 5n, value), seven(MISS, 4n, otherLow), seven(MISS, 5n, otherLow)],
  },
  'three rules': {
    ranges: ruled(
      rule(HIT, wide('equal', 0, 1n)),
      rule(OTHER, wide('not-equal', 0, 2n), wide('greater', 1, 10n)),
      rule(HIT + 1, wide('at-most', 1, 20n)),
    ),
    calls: [
      seven(HIT, 1n, 15n),
      seven(OTHER, 3n, 15n),
      seven(HIT + 1, 2n, 15n),
      seven(HIT + 1, 3n, 10n),
      seven(OTHER, 3n, 99n),
      seven(MISS, 2n, 99n),
    ],
  },
  'rules of two calls': {
    ranges: [
      { from: 0, rules: [rule(HIT, wide('equal', 0, 3n))], otherwise: MISS },
      { from: 5, rules: [rule(HIT + 2, wide('equal', 0, 3n))], otherwise: MISS + 2 },
    ],
    calls: [
      { nr: 4, args: [3n], action: HIT },
      { nr: 4, args: [4n], action: MISS },
      { nr: 5, args: [3n], action: HIT + 2 },
      { nr: 5, args: [4n], action: MISS + 2 },
    ],
  },
}
const all: Situations = { ...search, ...equality, ...masks, ...orders, ...rules }

const LOAD_NUMBER: Line = { op: 'load', at: 0 }
const shown = ({ nr, args = [] }: Asked): string =>
  `call ${nr}${args.length === 0 ? '' : `(${args.map(arg => `0x${arg.toString(16)}`).join(', ')})`}`
const words: Readonly<Record<number, string>> = { [HIT]: "the rule's action", [MISS]: 'what happens otherwise' }
const named = (action: number, { ranges }: Situation): string => {
  if (ranges.some(range => range.rules.length > 0)) return words[action] ?? `another action, ${action}`
  const at = ranges.findIndex(({ otherwise }) => otherwise === action)
  return at < 0 ? `action ${action}` : `that of range ${at}, from ${ranges[at]!.from}`
}

/** What each call gets; or why that cannot be said. */
function outcome(evidence: Evidence, name: string, call: Asked): ReturnType<typeof runBpf> | string {
  try {
    return runBpf(assemble([LOAD_NUMBER, ...answerOf<readonly Line[]>(evidence, name)]), { arch: 0, ...call })
  } catch (error) {
    return (error as Error).message
  }
}

const eachCall =
  (situations: Situations, judge: (name: string, call: Asked, got: ReturnType<typeof outcome>) => Failure | null) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(Object.keys(situations), name => {
      for (const call of situations[name]!.calls) {
        const failure = judge(name, call, outcome(evidence, name, call))
        if (failure !== null) return failure
      }
      return null
    })

const agrees = (situations: Situations) =>
  eachCall(situations, (name, call, got) => {
    if (typeof got !== 'string' && got.action === call.action) return null
    const situation = situations[name]!
    const found = typeof got === 'string' ? got : named(got.action, situation)
    return differ(`${name}: ${shown(call)} gets ${named(call.action, situation)}`, `${name}: it gets ${found}`)
  })

const endsAt = eachCall(all, (name, call, got) =>
  typeof got !== 'string'
    ? null
    : differ('every jump leads forward to a label, and every way ends at a return', `${name}, ${shown(call)}: ${got}`),
)

/** The load and the return, a question for each halving; and one jump more where the way is too far for a condition. */
const byHalves = eachCall(search, (name, call, got) => {
  const { length } = search[name]!.ranges
  const most = 3 + Math.ceil(Math.log2(length))
  return typeof got !== 'string' && got.steps <= most
    ? null
    : differ(
        `of ${length} ranges one is found in at most ${most} instructions`,
        typeof got === 'string' ? got : `${shown(call)} takes ${got.steps}`,
      )
})

export const grader: Grader = {
  lab: 'ch7/seccomp-jumps',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries(Object.entries(all).map(([name, { ranges }]) => [name, ask('filterOf', ranges)])),
  checks: [
    {
      id: 'every-way-ends',
      rung: 'plan',
      title: 'all jumps lead forward, and all ways end',
      points: 1,
      judge: endsAt,
    },
    {
      id: 'the-right-range',
      rung: 'plan',
      title: 'the first and the last number of a range get what it says',
      points: 1,
      judge: agrees(search),
    },
    {
      id: 'by-halves',
      rung: 'plan',
      title: 'every question leaves half of the ranges',
      points: 1,
      judge: byHalves,
    },
    {
      id: 'equal-or-not',
      rung: 'plan',
      title: 'both halves of an argument are compared',
      points: 1,
      judge: agrees(equality),
    },
    {
      id: 'bits-that-count',
      rung: 'plan',
      title: 'bits outside of the mask make no difference',
      points: 1,
      judge: agrees(masks),
    },
    {
      id: 'more-or-less',
      rung: 'plan',
      title: 'the upper half decides, and where it is the same the lower one',
      points: 2,
      judge: agrees(orders),
    },
    {
      id: 'rule-after-rule',
      rung: 'plan',
      title: 'the first rule all of whose tests hold says what happens',
      points: 1,
      judge: agrees(rules),
    },
    {
      id: 'kernel-agrees',
      rung: 'effect',
      title: 'the kernel takes the program, and does to calls what the profile says',
      points: 2,
      needs: [],
      judge: room => survived(() => kernelAgrees(room)),
    },
  ],
}

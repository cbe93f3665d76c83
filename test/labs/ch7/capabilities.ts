/** The grader of ch7/capabilities: the plan is played on paper, and the sets are looked at that it leaves. */

import { randomInt } from 'node:crypto'
import { examples } from '#chapters/ch2-namespaces/examples'
import { parts } from '#chapters/ch7-oci/index'
import type { Plan } from '#core/plan/step'
import type { Capabilities, Spec } from '#core/spec/runtime'
import { capabilities as numbers } from '#core/sys/constants'
import { cannedFacts, type Facts } from '#core/sys/facts'
import type { Case, Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { firstFailure } from '../support/plan-rows.js'
import {
  type PlayedCapabilities,
  playCapabilities,
  type Refused,
  type SetName,
  setNames,
} from '../support/play-capabilities.js'
import { whatExecveLeaves } from './capabilities-effects.js'

const { v1, v2 } = cannedFacts
const { container } = examples
/** What it takes to get there is in none of them: who gives the rest up too early is seen to. */
const onTheWay = ['CAP_SETGID', 'CAP_SETUID', 'CAP_SETPCAP']
/** At random, and each set another: who takes one for another is seen to. */
function some(last = v1.lastCapability): Required<Capabilities> {
  const all = Object.keys(numbers).filter(
    name => numbers[name as keyof typeof numbers] <= last && !onTheWay.includes(name),
  )
  const bounding = Array.from({ length: 8 }, () => all.splice(randomInt(all.length), 1)[0]!)
  const permitted = bounding.slice(0, 6)
  return {
    bounding,
    permitted,
    effective: permitted.slice(0, 3),
    inheritable: bounding.slice(2, 7),
    ambient: bounding.slice(4, 6),
  }
}
const newer = (names: readonly string[]): string[] => ['CAP_BPF', ...names, 'CAP_PERFMON']
const withNewer = ({ bounding, permitted, effective, inheritable, ambient }: Required<Capabilities>): Capabilities => ({
  bounding: newer(bounding),
  permitted: newer(permitted),
  effective: newer(effective),
  inheritable: newer(inheritable),
  ambient: newer(ambient),
})

const caseOf = (uid: number, capabilities: Capabilities | undefined, facts: Facts = v2): Case => ({
  spec: {
    ...container,
    process: {
      ...container.process,
      user: { uid, gid: uid },
      ...(capabilities === undefined ? {} : { capabilities }),
    },
  } satisfies Spec,
  facts,
})
const uid = randomInt(1000, 60_000)
const silent = {
  'root, and nothing is said': caseOf(0, undefined),
  'a user, and nothing is said': caseOf(uid, undefined),
}
const said: Readonly<Record<string, Case>> = {
  root: caseOf(0, some()),
  'an ordinary user': caseOf(uid, some()),
  'the user after root, uid 1': caseOf(1, some()),
  'a user without any': caseOf(uid, {}),
  'root without any': caseOf(0, { bounding: [], permitted: [], effective: [], inheritable: [], ambient: [] }),
  'a user with a bounding set alone': caseOf(uid, { bounding: some().bounding }),
}
const older: Readonly<Record<string, Case>> = {
  'an older kernel': caseOf(uid, withNewer(some()), v1),
  'root, on an older kernel': caseOf(0, withNewer(some()), v1),
}
const cases: Readonly<Record<string, Case>> = { ...silent, ...said, ...older }

/** What config.json says, of what this kernel has. */
function wantedOf(name: string, set: SetName): ReadonlySet<string> {
  const { spec, facts } = cases[name]!
  const names = spec.process.capabilities?.[set] ?? []
  return new Set(names.filter(one => numbers[one as keyof typeof numbers] <= facts.lastCapability))
}

type Said = readonly [expected: string, found: string, row?: number]
const own = (plan: Plan): number[] => plan.steps.flatMap(({ by }, i) => (by === 'lab.capabilities' ? [i] : []))
const eachCase =
  (names: readonly string[], judge: (name: string, played: PlayedCapabilities, plan: Plan) => Said | null) =>
  ({ plan: planOf }: Evidence): Failure | null =>
    firstFailure(names, name => {
      const plan = planOf(name)
      const found = judge(name, playCapabilities(plan, cases[name]!.facts.lastCapability), plan)
      if (found === null) return null
      const rows = found[2] === undefined ? own(plan) : [found[2]]
      return { expected: found[0], found: `in the case '${name}': ${found[1]}`, plan, rows }
    })

const words: Readonly<Record<SetName, string>> = {
  bounding: 'in the bounding set',
  permitted: 'permitted',
  effective: 'effective',
  inheritable: 'inheritable',
  ambient: 'ambient',
}
function differs(name: string, set: SetName, { sets }: PlayedCapabilities): Said | null {
  const wanted = wantedOf(name, set)
  const lost = [...wanted].find(one => !sets[set].has(one))
  const more = [...sets[set]].find(one => !wanted.has(one))
  const expected = `what is ${words[set]} is what config.json says`
  if (lost !== undefined) return [expected, `${lost} is not`]
  return more === undefined ? null : [expected, `${more} is, too`]
}
const refusal = ({ step, errno, why, index }: Refused, expected: string): Said => [
  expected,
  `${step.op} ends with ${errno}: ${why}`,
  index,
]
const steps = (played: PlayedCapabilities, ...ops: readonly string[]): Refused | undefined =>
  played.refused.find(({ step }) => ops.includes(step.op))

const noneAsked = (_: string, __: PlayedCapabilities, plan: Plan): Said | null =>
  own(plan).length === 0 ? null : ['nothing in config.json: the sets stay as they are', 'they are changed']

function bounded(name: string, played: PlayedCapabilities): Said | null {
  const refused = steps(played, 'drop_bounding')
  return refused === undefined
    ? differs(name, 'bounding', played)
    : refusal(refused, 'the bounding set is lowered while there is the right to do it')
}

function kept(name: string, { afterUid, keptAt, uidAt }: PlayedCapabilities): Said | null {
  const lost = [...wantedOf(name, 'permitted')].find(one => afterUid !== null && !afterUid.has(one))
  if (lost === undefined) return null
  const found = keptAt === null ? 'nothing keeps them' : 'keep_caps comes when they are gone already'
  return [`what is to be permitted, ${lost} for one, is so after the change of uid`, found, keptAt ?? uidAt ?? 0]
}

function threeSets(name: string, played: PlayedCapabilities): Said | null {
  const refused = steps(played, 'capset', 'setgroups', 'setresgid', 'setresuid')
  if (refused !== undefined) {
    const isOwn = refused.step.op === 'capset'
    return refusal(
      refused,
      isOwn
        ? 'capset asks for no more than there is'
        : 'the rights to take on the ids are there until they are taken on',
    )
  }
  return (
    differs(name, 'permitted', played) ?? differs(name, 'effective', played) ?? differs(name, 'inheritable', played)
  )
}

function ambient(name: string, played: PlayedCapabilities): Said | null {
  const refused = steps(played, 'ambient')
  return refused === undefined
    ? differs(name, 'ambient', played)
    : refusal(refused, 'what is to be ambient is permitted and inheritable')
}

const olderKernel = (name: string, played: PlayedCapabilities): Said | null => {
  const [refused] = played.refused
  if (refused !== undefined) return refusal(refused, 'what this kernel does not know is left out')
  for (const set of setNames) {
    const found = differs(name, set, played)
    if (found !== null) return found
  }
  return null
}

export const grader: Grader = {
  lab: 'ch7/capabilities',
  around: parts,
  cases,
  about: ['drop_bounding', 'capset', 'ambient'],
  checks: [
    {
      id: 'none-asked',
      rung: 'plan',
      title: 'where config.json says nothing of capabilities, nothing is done',
      points: 1,
      judge: eachCase(Object.keys(silent), noneAsked),
    },
    {
      id: 'bounding-set',
      rung: 'plan',
      title: 'the bounding set is lowered, while that is still allowed',
      points: 1,
      about: ['drop_bounding'],
      judge: eachCase(Object.keys(said), bounded),
    },
    {
      id: 'kept-over-the-uid',
      rung: 'plan',
      title: 'the change of uid does not take away what is to stay',
      points: 1,
      about: ['keep_caps'],
      judge: eachCase(Object.keys(said), kept),
    },
    {
      id: 'three-sets',
      rung: 'plan',
      title: 'permitted, effective and inheritable are what config.json says, each for itself',
      points: 2,
      about: ['capset'],
      judge: eachCase(Object.keys(said), threeSets),
    },
    {
      id: 'ambient-set',
      rung: 'plan',
      title: 'ambient is what config.json says, for who is not root has nothing else',
      points: 1,
      about: ['ambient'],
      judge: eachCase(Object.keys(said), ambient),
    },
    {
      id: 'older-kernel',
      rung: 'plan',
      title: 'a kernel that does not know the newest of them is not asked for those',
      points: 1,
      judge: eachCase(Object.keys(older), olderKernel),
    },
    {
      id: 'what-execve-leaves',
      rung: 'effect',
      title: 'a program has in /proc/self/status what capabilities(7) says, as root and as a user',
      points: 2,
      needs: ['root'],
      judge: room => survived(() => whatExecveLeaves(room)),
    },
  ],
}

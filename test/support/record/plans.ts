/**
 * Plans as the site steps through them: each is performed for real with a hand-over after every step, in which its process
 * waits and is looked at; then again a few times without, for how long the steps take.
 */

import * as fs from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { defaultNamespaces, defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { connect } from '#chapters/ch2-namespaces/network/connect'
import { extension } from '#chapters/ch3-cgroups/extension'
import { passesOf } from '#core/chapter'
import { drive, type PerformHostStep } from '#core/exec/driver'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'
import { noSwap } from '#core/lab'
import { assemble } from '#core/plan/assemble'
import { explainJson } from '#core/plan/explain'
import { type Lowered, lower, type Placed } from '#core/plan/lower'
import { brings, words } from '#core/plan/ops'
import type { ChildStep, HostStep, Plan } from '#core/plan/step'
import { undo } from '#core/plan/undo'
import { ensureDefaultRootfs } from '#core/rootfs/default'
import type { Facts } from '#core/sys/facts'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { socketpair } from '#core/sys/socket'
import { repository } from '#support/repository'
import type { PlanData, PlanStep, State } from '../../../site/.vitepress/theme/toys/plan-data.js'
import { borrowedTimes } from './borrowed-times.js'
import { numbers } from './flag-numbers.js'
import { type Located, loadLocated, separate } from './located.js'
import { Observer } from './observe.js'
import { missingForCgroups } from './own-cgroups.js'
import { writeData } from './write.js'

const rootfs = '/var/lib/mini-docker/rootfs/default'
const rounds = 15
interface Subject {
  readonly name: string
  readonly command: string
  readonly marked: Plan
  /** Reserves what the plan takes for granted. */
  readonly prepare?: () => void
  /** The path of the cgroup that it makes. */
  readonly cgroup?: string
}

function subjects({ ch1, ch2, examples, network, ch3 }: Located): Subject[] {
  const facts = { ...probeFacts(), idmap: true }
  if (facts.cgroup === 'v2') return [limitsOn('ch3-limits', ch3, facts)]
  const inCh2 = (spec: Parameters<typeof assemble>[1]) => assemble(passesOf(ch2.parts), spec, facts)
  const { process, hostname } = examples.examples.container
  const users = defaultSpec(
    { rootfs, process, hostname: hostname!, namespaces: [...defaultNamespaces, 'user'] },
    { ...facts, subuid: [], subgid: [] },
  )
  const id = network.exampleId
  const { run } = directories()
  const directory = `${run}/containers/${id}`
  const shared = host(run, facts).shared
  const wish = {
    mode: 'bridge',
    id,
    hostname: hostname!,
    directory,
    facts,
    userns: false,
    shared,
    swap: noSwap,
  } as const
  const cabled = network.onBridge({ rootfs, directory, facts })
  return [
    {
      name: 'ch1-shell',
      command: 'mini-docker ch1 run',
      marked: assemble(passesOf(ch1.parts), ch1.ch1.examples.shell!, facts),
    },
    {
      name: 'ch2-container',
      command: 'mini-docker ch2 run --hostname box',
      marked: inCh2(examples.examples.container),
    },
    { name: 'ch2-userns', command: 'mini-docker ch2 run --hostname box --userns', marked: inCh2(users) },
    {
      name: 'ch2-bridge',
      command: 'mini-docker ch2 run --hostname box --net bridge',
      marked: assemble(passesOf(cabled.parts), cabled.spec, cabled.facts),
      prepare: () => {
        fs.mkdirSync(directory, { recursive: true })
        connect(wish)
      },
    },
    ...(missingForCgroups() === null ? [limitsOn('ch3-limits-v1', ch3, onlyLimiting(facts))] : []),
  ]
}

/** Of v1 the three hierarchies that the limits are set in: the others would be joined, too, and say nothing new. */
const onlyLimiting = (facts: Facts): Facts => ({
  ...facts,
  hierarchies: facts.hierarchies.filter(({ controllers }) =>
    ['cpu', 'memory', 'pids'].some(name => controllers.includes(name)),
  ),
})

function limitsOn(name: string, { ch3, parts }: Located['ch3'], facts: Facts): Subject {
  const spec = ch3.examples.limits!
  return {
    name,
    command: 'mini-docker ch3 run --hostname box --cpus 0.5 --memory 64m --pids-limit 20',
    marked: assemble(passesOf(parts), spec, facts),
    prepare: () => extension.reserve!(spec, facts, host(directories().run, facts).shared),
    cgroup: spec.linux!.cgroupsPath!,
  }
}

export async function recordPlans(into: string, measureAgain: boolean): Promise<void> {
  const { path } = ensureDefaultRootfs({ dataDir: directories().data })
  const real = fs.realpathSync(path)
  fs.rmSync(rootfs) // a link to it
  fs.renameSync(real, rootfs) // the name that the examples give it
  for (const subject of subjects(await loadLocated())) {
    const data = await recordPlan(subject, measureAgain)
    writeData(`${into}/data/plans/${subject.name}.json`, data)
  }
  fs.renameSync(rootfs, real)
  fs.symlinkSync(real, rootfs)
}

async function recordPlan(
  { name, command, marked, prepare, cgroup }: Subject,
  measureAgain: boolean,
): Promise<PlanData> {
  const { plan, places } = separate(marked)
  const seen = await look(plan, prepare, cgroup)
  const known = probeFacts().cgroup === 'v2' ? borrowedTimes(plan) : measureAgain ? null : measuredBefore(name, plan)
  const micros = known ?? (await measure(plan, prepare))
  const { steps, phases } = explainJson(plan)
  const used = new Set<string>()
  const sources: Record<string, string> = {}
  let state = seen.before
  const recorded = steps.map(({ phase, lane, op, call, man, why, by, tolerate }, i): PlanStep => {
    const flags = [...new Set(call.match(/\b[A-Z][A-Z0-9_]{3,}\b/g) ?? [])].filter(flag => numbers[flag] !== undefined)
    for (const flag of flags) used.add(flag)
    const after = difference(state, seen.after[i]!)
    state = seen.after[i]!
    const { file, line, code } = places[i]!
    sources[`${file}:${line}`] = code
    return { phase, lane, op, call, man, why, by, tolerate, flags, file, line, micros: micros[i]!, after }
  })
  const inUse = new Set(steps.map(({ phase }) => phase))
  return {
    version: 1,
    name,
    command,
    phases: phases.filter(phase => inUse.has(phase.name)).map(({ name, about }) => ({ name, about })),
    flags: Object.fromEntries([...used].sort().map(flag => [flag, numbers[flag]!])),
    sources,
    before: seen.before,
    steps: recorded,
  }
}

/** Durations differ each time: those on the site stay as long as the steps are the same, null when they are not. */
function measuredBefore(name: string, plan: Plan): number[] | null {
  const path = `${repository}site/data/plans/${name}.json`
  if (!fs.existsSync(path)) return null
  const { steps } = JSON.parse(fs.readFileSync(path, 'utf8')) as PlanData
  return isDeepStrictEqual(
    steps.map(({ call }) => call),
    plan.steps.map(words),
  )
    ? steps.map(({ micros }) => micros)
    : null
}

function difference(before: State, after: State): Partial<State> {
  const changed = Object.entries(after).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof State]),
  )
  return Object.fromEntries(changed)
}

/** The program, with a yield after each step but the last, and what each turn is for: the step before it, or a segment. */
function watched(plan: Plan): { readonly lowered: Lowered; readonly after: ReadonlyMap<number, number> } {
  const { program, segments } = lower(plan)
  const all: (readonly Placed<HostStep>[])[] = [segments[0]!]
  const after = new Map<number, number>()
  const steps = program.flatMap(({ index, step }): Placed<ChildStep>[] => {
    const turn = all.length
    if (step.op === 'yield') {
      all.push(segments[step.turn]!)
      const role = segments[step.turn]!.map(one => brings(one.step)).find(one => one !== undefined)
      return [{ index, step: { ...step, turn, ...(role === undefined ? {} : { brings: role }) } }]
    }
    if (step.op === 'execve') return [{ index, step }]
    all.push([])
    after.set(turn, index)
    const pause: ChildStep = { op: 'yield', turn, phase: step.phase, why: 'to be looked at', by: 'record' }
    return [
      { index, step },
      { index, step: pause },
    ]
  })
  return { lowered: { plan, program: steps, segments: all }, after }
}

async function look(
  plan: Plan,
  prepare?: () => void,
  cgroup?: string,
): Promise<{ before: State; after: readonly State[] }> {
  const { lowered, after } = watched(plan)
  const observer = new Observer(rootfs, cgroup)
  const states: State[] = []
  let before: State | undefined
  let pid = 0
  const [keep, stdin] = socketpair()
  await start(lowered, stdin, prepare, {
    onStage: stage => {
      pid = stage
      before = observer.look(pid)
    },
    onInit: init => {
      pid = init
    },
    onTurn: turn => {
      const index = after.get(turn)
      if (index !== undefined) states[index] = observer.look(pid)
    },
    onHost: index => {
      states[index] = observer.look(pid)
    },
    onRunning: () => {
      states[plan.steps.length - 1] = observer.look(pid)
      fs.closeSync(keep)
    },
  })
  return { before: before!, after: states }
}

async function measure(plan: Plan, prepare?: () => void): Promise<number[]> {
  const times: number[][] = plan.steps.map(() => [])
  for (let round = 0; round < rounds; round++) {
    await start(lower(plan), fs.openSync('/dev/null', 'r'), prepare, {
      trace: true,
      onStep: ({ index, start, end }) => times[index]!.push(Number(end - start) / 1000),
    })
  }
  const median = (list: number[]): number => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!
  return times.map(list => Number(median(list).toPrecision(2)))
}

type Events = Parameters<typeof drive>[3] & { readonly onHost?: (index: number) => void }

async function start(
  lowered: Lowered,
  stdin: number,
  prepare: (() => void) | undefined,
  events: Events,
): Promise<void> {
  prepare?.()
  const { perform } = host(directories().run, probeFacts())
  const nothing = fs.openSync('/dev/null', 'w')
  const performance = nativeExecutor(findStage()!).open({ fds: [stdin, nothing, nothing] })
  fs.closeSync(stdin)
  fs.closeSync(nothing)
  const hosted: PerformHostStep = (step, processes) => {
    const fd = perform(step, processes)
    events.onHost?.(lowered.plan.steps.indexOf(step))
    return fd
  }
  try {
    const outcome = await drive(lowered, performance.channel, hosted, events)
    if (outcome.kind !== 'exited' || outcome.status !== 0)
      throw new Error(`the plan ended with ${JSON.stringify(outcome)}`)
  } finally {
    await performance.end()
    for (const step of undo(lowered.plan)) perform(step, {})
  }
}

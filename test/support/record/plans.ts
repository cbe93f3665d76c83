/**
 * Plans as the site steps through them: each is performed for real with a hand-over after every step, in which its process
 * waits and is looked at; then again a few times without, for how long the steps take.
 */

import * as fs from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { drive, type PerformHostStep } from '#core/exec/driver'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'
import { explainJson } from '#core/plan/explain'
import { type Lowered, lower, type Placed } from '#core/plan/lower'
import { brings, words } from '#core/plan/ops'
import type { ChildStep, HostStep, Plan } from '#core/plan/step'
import { undo } from '#core/plan/undo'
import { ensureDefaultRootfs } from '#core/rootfs/default'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { socketpair } from '#core/sys/socket'
import { repository } from '#support/repository'
import { statesOf } from '../../../site/.vitepress/theme/toys/plan.js'
import type { PlanData, PlanStep, State } from '../../../site/.vitepress/theme/toys/plan-data.js'
import { borrowedTimes } from './borrowed-times.js'
import { numbers } from './flag-numbers.js'
import { loadLocated, separate } from './located.js'
import { Observer } from './observe.js'
import { rootfs, type Subject, subjects } from './plan-subjects.js'
import { writeData } from './write.js'

const rounds = 15
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

async function recordPlan(subject: Subject, measureAgain: boolean): Promise<PlanData> {
  const { name, command, marked, prepare, cgroup, isElsewhere = false } = subject
  const root = subject.root ?? rootfs
  const { plan, places } = separate(marked)
  const seen = isElsewhere ? seenElsewhere(name, plan) : await look(plan, root, prepare, cgroup)
  const isOfV2 = isElsewhere || probeFacts().cgroup === 'v2'
  const known = isOfV2 ? borrowedTimes(plan) : measureAgain ? null : measuredBefore(name, plan)
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

/** @throws Error when the plan is another by now: then it must be performed again */
function seenElsewhere(name: string, plan: Plan): { before: State; after: readonly State[] } {
  const stored = JSON.parse(fs.readFileSync(`${repository}site/data/plans/${name}.json`, 'utf8')) as PlanData
  const calls = stored.steps.map(({ call }) => call)
  if (!isDeepStrictEqual(calls, plan.steps.map(words))) throw new Error(`${name} is to be recorded on pure cgroup v2`)
  const [before, ...after] = statesOf(stored)
  return { before: before!, after }
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
  root: string,
  prepare?: () => void,
  cgroup?: string,
): Promise<{ before: State; after: readonly State[] }> {
  const { lowered, after } = watched(plan)
  const observer = new Observer(root, cgroup)
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

/**
 * SIGKILL at moments of a real run. Half of them fall at random over the measured run time; a plan is so short a part of it
 * that the other half is aimed at its phases, in turn, by what earlier kills hit.
 *
 * Not asserted: that nothing is left of a container *without* a pid namespace when its monitor is killed. Orphans of its
 * init then go to no one who knows them; ch3's cgroup.kill will end them.
 */

import * as assert from 'uvu/assert'
import { host } from '#core/exec/host'
import { replayDead } from '#core/exec/replay'
import { States } from '#core/exec/state'
import { laneOf, type Phase, phases as planPhases } from '#core/plan/phase'
import { probeFacts } from '#core/sys/probe'
import { run } from '#support/cli'
import { lives, lookAround, residueSince, type Scope } from '#support/residue'
import type { User } from '#support/users'
import { until, type World } from '#support/world'
import { type Aim, type Event, events, type Observed, observe, type Victim } from '../exec/observed-run.js'

/** In the order of time: before the plan, its phases, after it. */
const stretches: readonly string[] = ['boot', 'recorded', ...planPhases, 'running', 'over']
const order = (stretch: string): number => stretches.indexOf(stretch)

interface Sample {
  readonly after: Aim['after']
  readonly delay: number
  readonly stretch: string
}

export class KillSuite {
  /** How often each stretch was hit, by victim. */
  readonly hits = new Map<string, number>()
  readonly codes = new Map<string, number>()
  /** The longest that anything of a container lived on, in milliseconds. */
  slowest = 0
  readonly #world: World
  readonly #flags: readonly string[]
  readonly #samples: Sample[] = []
  #typical: Readonly<Record<Event, number>> | undefined
  /** By index of the step, as traced. */
  #phases: readonly string[] = []
  #monitors = 1
  /** How long the command line is surely there after its container, in milliseconds. */
  #cleaning = 1
  readonly #user: User | undefined
  readonly #chapter: 'ch2' | 'ch3'
  readonly #scope: Scope

  /** @param user whose containers they are, root's without one */
  constructor(world: World, flags: readonly string[], user?: User, chapter: 'ch2' | 'ch3' = 'ch2') {
    this.#chapter = chapter
    this.#world = world
    this.#flags = flags
    this.#user = user
    this.#scope = { run: user?.run ?? world.run, connected: flags.includes('--net') }
  }

  /** Runs without a kill: how long it takes, and which phases it has. */
  async measure(times = 3): Promise<void> {
    const runs: Observed[] = []
    while (runs.length < times) runs.push(await observe(this.#world, this.#flags, null, 1, this.#user, this.#chapter))
    for (const { code, stderr } of runs) assert.is(code, 0, stderr)
    const at = (event: Event): number => Math.max(...runs.map(run => run.at[event] ?? 0))
    this.#typical = Object.fromEntries(events.map(event => [event, at(event)])) as Record<Event, number>
    this.#phases = runs.map(run => tracedSteps(run.stderr)).map(steps => [...steps.values()])[0]!
    this.#cleaning = Math.min(...runs.map(run => run.ended - (run.at.over ?? run.ended)))
    this.#monitors = Math.max(...runs.map(run => run.monitors))
  }

  /** What every victim should be met in: the command line is there before and after the container. */
  targets(victim: Victim): string[] {
    const own = [...new Set(this.#phases)] as Phase[]
    // In the host's phases only the command line does anything, and the others' end does not stop it; when it hears of the
    // last step, the program runs already.
    return victim === 'cli'
      ? ['boot', 'recorded', ...own.filter(phase => phase !== 'exec'), 'running', 'over']
      : [...own.filter(phase => laneOf(phase) === 'child'), 'running']
  }

  missed(victim: Victim): string[] {
    return this.targets(victim).filter(stretch => !this.hits.has(`${victim} ${stretch}`))
  }

  /** One run, one kill, and all that has to hold afterwards. */
  async kill(victim: Victim, target: string | null): Promise<void> {
    const before = lookAround(this.#scope)
    const aim = target === null ? this.#anywhere(victim) : this.#aimAt(victim, target)
    const run = await observe(this.#world, this.#flags, aim, this.#monitors, this.#user, this.#chapter)
    const stretch = this.#stretchOf(run)
    const where = `${this.#flags.join(' ').slice(0, 40)} ${victim} killed ${aim.delay.toFixed(2)} ms after ${typeof aim.after === 'number' ? 'step ' : ''}${aim.after}, in ${stretch}; exit ${run.code}; ${run.stderr.split('\n').at(-2)}`
    if (run.killed) {
      count(this.hits, `${victim} ${stretch}`)
      count(this.codes, `${victim} ${run.signal ?? run.code}`)
      // what the command line itself has heard of lags behind
      if (victim !== 'cli') this.#samples.push({ after: aim.after, delay: aim.delay, stretch })
      // one that has called exit_group(2) already is met, but ends as it wanted to
      if (victim === 'cli') assert.ok(run.signal === 'SIGKILL' || (stretch === 'over' && run.code === 0), where)
      else
        assert.ok(
          [125, 137].includes(run.code ?? -1) || (run.code === 0 && ['running', 'over'].includes(stretch)),
          where,
        )
    }
    const start = performance.now()
    await until(`${where}: the container is dead`, () => !run.below.some(lives))
    this.slowest = Math.max(this.slowest, performance.now() - start)
    await this.#replay(where)
    assert.equal(await residueSince(before, this.#scope), [], where)
  }

  /** What the next command does first; a user's records are read by nobody else. */
  async #replay(where: string): Promise<void> {
    if (this.#user !== undefined) {
      const { stderr } = await run(this.#world, ['ch2', 'exec', 'nobody', 'true'], this.#user.options)
      assert.match(stderr, /^mini-docker: container 'nobody': [^\n]*\n$/, where)
      return
    }
    const { perform } = host(this.#world.run, probeFacts())
    replayDead(new States(this.#world.run), perform, error => assert.unreachable(`${where}: ${String(error)}`))
  }

  /**
   * What was going on when the kill came: the step behind the last one that was traced. The command line wrote that before
   * it died, or after the others did: so it is its own view, or all that the stage had reported.
   */
  #stretchOf({ at, stderr, stdout }: Observed): string {
    if (at.over !== undefined) return 'over'
    const last = Math.max(-1, ...tracedSteps(stderr).keys())
    if (last < 0 && at.staged === undefined) return at.recorded === undefined ? 'boot' : 'recorded'
    const phase = this.#phases[last + 1] ?? 'exec'
    return phase === 'exec' && stdout !== '' ? 'running' : phase
  }

  #anywhere(victim: Victim): Aim {
    const at = this.#typical!
    const first = victim === 'cli' ? 0 : at.staged
    const moment = first + Math.random() * (at.over - first)
    const after = events.findLast(event => at[event] <= moment)!
    return { victim, after, delay: moment - at[after] }
  }

  #aimAt(victim: Victim, target: string): Aim {
    const at = this.#typical!
    const between = (after: Event, before: Event): Aim => ({
      victim,
      after,
      delay: Math.random() * (at[before] - at[after]),
    })
    const [first] = this.#phases
    if (target === 'boot') return between('spawned', 'recorded')
    if (target === 'recorded') return between('recorded', 'staged')
    if (target === 'running') return between('up', 'over')
    if (target === 'over') return { victim, after: 'over', delay: Math.random() * this.#cleaning }
    if (victim === 'cli' && target === first) return between('recorded', 'forked')
    if (victim === 'cli' || laneOf(target as Phase) === 'host')
      return { victim, after: this.#phases.indexOf(target) - 1, delay: 0 }
    const event: Event = order(target) <= order('isolate') ? 'staged' : 'forked'
    // programs that lay a cable take so much longer than all that follows that only their end is a mark to count from
    const wired = order(target) > order('wire') ? this.#phases.lastIndexOf('wire') : -1
    const after = wired < 0 ? event : wired
    const near = this.#samples.filter(sample => sample.after === after).slice(-40)
    const delays = (match: (place: number) => boolean): number[] =>
      near.filter(({ stretch }) => match(order(stretch) - order(target))).map(({ delay }) => delay)
    const low =
      quantile(
        delays(place => place < 0),
        0.8,
      ) ?? 0
    const high =
      quantile(
        delays(place => place > 0),
        0.2,
      ) ?? at.up - at[event]
    const room = 0.2 * Math.abs(high - low) + 0.05
    const from = Math.max(0, Math.min(low, high) - room)
    return { victim, after, delay: from + Math.random() * (Math.max(low, high) + room - from) }
  }
}

/** The phases of the traced steps, by index. */
const tracedSteps = (stderr: string): ReadonlyMap<number, string> =>
  new Map([...stderr.matchAll(/^ *(\d+) +[\d.]+ µs +(\S+)/gm)].map(([, index, phase]) => [Number(index), phase!]))

function quantile(values: readonly number[], share: number): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(share * values.length)]
}

const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)

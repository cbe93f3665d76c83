/**
 * SIGKILL at a random moment of a command that changes the store: of its own process, or of all that it started. Afterwards
 * every image that is listed is whole, `prune` leaves nothing that belongs to nobody, and the same command comes to its end.
 * What two processes do at once comes to its end as well.
 */

import { once } from 'node:events'
import * as fs from 'node:fs'
import * as assert from 'uvu/assert'
import { cgroupsCalled } from '#support/cgroups'
import { run, start } from '#support/cli'
import { strays } from '#support/processes'
import { ch4, orphansIn, unownedIn } from '#support/store'
import { mountsBelow, readOr, records, sleep, until } from '#support/world'
import { type Name, Stage, type Victim, wholeRun } from './store-victims.js'

/** Every so many kills it is measured anew: the machine may be slower or faster by then. */
const REMEASURE = 8
const TRIES = 8

export interface Tally {
  /** Kills that came before the end. */
  readonly hits: number
  /** Of those, how many left something that only `prune` takes away. */
  readonly left: number
  /** Commands that ended before their kill, and were begun again. */
  readonly missed: number
  /** Milliseconds: what the command takes. */
  readonly typical: number
}

export class StoreKillSuite {
  readonly stage = new Stage()
  readonly #random: () => number

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** @param times kills before its end, one in each of so many parts of its life */
  async kill(name: Name, times: number): Promise<Tally> {
    const victim = this.stage.victim(name)
    const tally = { hits: 0, left: 0, missed: 0, typical: 0 }
    for (let i = 0; i < times; i++) {
      if (i % REMEASURE === 0) tally.typical = await this.#measure(victim)
      for (let reach = tally.typical, tries = 0; ; tries++) {
        assert.ok(tries < TRIES, `${name}: ended before its kill, ${TRIES} times`)
        await victim.prepare()
        const after = ((i + this.#random()) / times) * reach
        if (await this.#killOnce(victim.args, after, i % 2 === 0)) break
        tally.missed++
        reach *= 0.9
      }
      tally.hits++
      if (await this.#check(victim)) tally.left++
      await wholeRun(this.stage.world, victim)
    }
    await this.#verify(`${name}, at the end`)
    return tally
  }

  /** Two at once; when one of them is killed, the other comes to its end as if it were alone. */
  async beside(one: Name, other: Name, times: number, kills = true): Promise<void> {
    const [first, second] = [this.stage.victim(one), this.stage.victim(other)]
    for (let i = 0; i < times; i++) {
      const typical = kills ? await this.#measure(first) : 0
      await first.prepare()
      await second.prepare()
      const both = [wholeRun(this.stage.world, second)]
      if (kills) await this.#killOnce(first.args, this.#random() * typical, i % 2 === 0)
      else both.push(wholeRun(this.stage.world, first))
      // both have ended before anything is said
      const ends = await Promise.allSettled(both)
      for (const end of ends) if (end.status === 'rejected') throw end.reason
      await this.#check(first)
    }
  }

  async #measure(victim: Victim): Promise<number> {
    await victim.prepare()
    return wholeRun(this.stage.world, victim)
  }

  /** @param alone its workers and containers are left to themselves @returns whether it had not ended yet */
  async #killOnce(args: readonly string[], after: number, alone: boolean): Promise<boolean> {
    const { child, pid } = start(this.stage.world, ['ch4', ...args], { prefix: ['setsid'], seconds: 120 })
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    await sleep(after)
    if (child.exitCode === null) {
      if (alone) child.kill('SIGKILL')
      else killSession(pid)
    }
    const [, signal] = await ended
    return signal === 'SIGKILL'
  }

  /** @returns whether there was anything for prune to do */
  async #check({ name }: Victim): Promise<boolean> {
    const { world, known } = this.stage
    const containers = records(world)
    const hasLeft = orphansIn(world).length > 0 || containers.length > known.size
    await this.#verify(name)
    await ch4(world, ['prune', '-f'])
    await until(`${name}: no process is left`, () => strays(known).length === 0, 5)
    assert.equal(orphansIn(world), [], name)
    assert.equal(unownedIn(world), [], name)
    assert.equal(mountsBelow(world.directory), [], name)
    const living = records(world)
    assert.is(living.length, known.size, `${name}: ${living}`)
    const gone = containers.filter(id => !living.includes(id))
    assert.equal(
      gone.flatMap(id => cgroupsCalled(id.replace(/^\.|\.\d+$/g, ''))),
      [],
      name,
    )
    if (known.size > 0) await this.stage.goesOn()
    return hasLeft
  }

  async #verify(what: string): Promise<void> {
    const { code, stdout, stderr } = await run(this.stage.world, ['ch4', 'verify'], { seconds: 120 })
    assert.is(code, 0, `${what}: ${stdout}${stderr}`)
  }
}

/** The command and the workers that it started: all that has its session. */
function killSession(leader: number): void {
  for (const name of fs.readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    const stat = readOr('', `/proc/${name}/stat`)
    // the name, in parentheses, may hold anything; proc_pid_stat(5), field 6
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]) !== leader) continue
    try {
      process.kill(Number(name), 'SIGKILL')
    } catch {
      // it has just ended
    }
  }
}

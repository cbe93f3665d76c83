/**
 * The creator killed before a step, at every index asked for: the container dies without it, and the next command takes
 * back what is left. Several creators at a time; each has a run directory of its own.
 */

import { execFile } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { host } from '#core/exec/host'
import { findStage } from '#core/exec/native'
import { replayDead } from '#core/exec/replay'
import { States } from '#core/exec/state'
import { probeFacts } from '#core/sys/probe'
import { nameOf } from '#support/fault'
import { lives, lookAround, residueSince } from '#support/residue'
import { nonce, until, type World } from '#support/world'
import type { Orders } from '../exec/creator.js'
import type { Example } from '../exec/example-plans.js'

const creator = fileURLToPath(new URL('../exec/creator.js', import.meta.url))

/** An index is a moment: before that step, everything before it done. execve is the last: then nobody waits any more. */
export const moments = ({ plan }: Example): number[] =>
  [...plan.steps.keys()].filter(index => index <= plan.steps.findIndex(({ op }) => op === 'execve'))

export interface Case {
  readonly example: Example
  readonly index: number
}

/** @returns how many creators were killed */
export async function killCreators(world: World, cases: readonly Case[]): Promise<number> {
  const before = lookAround({ run: world.path('none') })
  const queue = [...cases]
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await killOne(world, one)
  }
  await Promise.all(Array.from({ length: os.cpus().length + 1 }, worker))
  assert.equal(await residueSince(before, { run: world.path('none') }), [])
  return cases.length
}

async function killOne(world: World, { example, index }: Case): Promise<void> {
  const where = `${example.name} before step ${nameOf(example.plan, index)}`
  const run = world.path()
  const { plan, spec } = apart({ plan: example.plan, spec: example.chapter === 'ch1' ? null : example.spec })
  const orders: Orders = { plan, spec, index, run, stage: findStage()! }
  const { stdout, signal, stderr } = await runCreator(orders)
  assert.is(signal, 'SIGKILL', `${where}: ${stderr}`)
  const below = JSON.parse(stdout) as number[]
  assert.ok(below.length >= 2, `${where}: a monitor and a stage at least`)
  await until(`${where}: the container is dead`, () => !below.some(lives))

  if (spec !== null) {
    assert.is(new States(run).dead().length, 1, `${where}: its record outlives the creator`)
    replayDead(new States(run), host(run, probeFacts()).perform, error =>
      assert.unreachable(`${where}: ${String(error)}`),
    )
  }
  assert.equal(lookAround({ run }).files, [], where)
  fs.rmSync(run, { recursive: true, force: true })
}

/** Several run at a time: each in a cgroup of its own. */
function apart<T>(what: T): T {
  const name = nonce()
  const text = JSON.stringify(what)
    .replaceAll('/mini-docker/box', `/mini-docker/${name}`)
    .replaceAll('"user":"box"', `"user":"${name}"`)
  return JSON.parse(text) as T
}

interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly signal: string | null
}

const runCreator = (orders: Orders): Promise<Ended> =>
  new Promise(resolve => {
    const args = [creator, JSON.stringify(orders)]
    execFile(process.execPath, args, { timeout: 60_000, killSignal: 'SIGTERM' }, (error, stdout, stderr) =>
      resolve({ stdout, stderr, signal: error?.signal ?? null }),
    )
  })

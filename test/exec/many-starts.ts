/** Many starts in a row from one process that lives on, as a daemon's does: what each costs once must not add up. */

import * as assert from 'uvu/assert'
import { runContainer } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'
import { States } from '#core/exec/state'
import { probeFacts } from '#core/sys/probe'
import { lookAround, residueSince } from '#support/residue'
import type { World } from '#support/world'
import type { Example } from './example-plans.js'

/** Megabytes by which the process may have grown at the end: several times what allocators and the compiler take. */
const growthLimit = 48
const warmUp = 5

/** Runs the examples in turn, so many starts in all. @returns megabytes of growth */
export async function startMany(world: World, examples: readonly Example[], starts: number): Promise<number> {
  const states = new States(world.run)
  const { perform } = host(world.run, probeFacts())
  const startOne = async (i: number): Promise<void> => {
    const { plan, spec, name } = examples[i % examples.length]!
    const record = states.create({ id: `start-${i}`, chapter: 'ch2', spec: null, undo: [] })
    const executor = nativeExecutor(findStage()!)
    const outcome = await runContainer({ states, record, spec }, { plan, executor, perform, interactive: false })
    assert.equal(outcome, { kind: 'exited', status: 0 }, `start ${i}, ${name}`)
  }
  for (let i = 0; i < warmUp; i++) await startOne(i)
  const scope = { run: world.run, starts: true }
  const before = lookAround(scope)
  const memory = process.memoryUsage.rss()
  for (let i = 0; i < starts; i++) await startOne(i)
  assert.equal(await residueSince(before, scope), [])
  const grown = (process.memoryUsage.rss() - memory) / 2 ** 20
  assert.ok(grown < growthLimit, `grown by ${grown.toFixed(1)} MB after ${starts} starts`)
  return grown
}

/** Those whose program ends by itself when stdin is empty. */
export const endingByThemselves = (examples: readonly Example[]): Example[] =>
  examples.filter(({ chapter, spec }) => chapter !== 'ch1' && spec.process.terminal !== true)

/** A fault at every index of every example plan, in the real stage and in the recorded one. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'
import { recordExecutor } from '#core/exec/record'
import { States } from '#core/exec/state'
import { probeFacts } from '#core/sys/probe'
import { isThere, needs } from '#support/needs'
import { newWorld } from '#support/world'
import { type FaultWorld, faultSuite } from '../suites/fault-suite.js'
import { examplesHere } from './example-plans.js'

const world = newWorld()
const examples = await examplesHere({ rootfs: world.rootfs, source: world.directoryOf({}) })
const { perform } = host(world.run, probeFacts())
const real: FaultWorld = { scope: { run: world.run, starts: true }, states: new States(world.run), perform }

faultSuite('the record executor', () => recordExecutor(), { ...real, perform: () => undefined }, examples)

if (isThere('root') && isThere('native')) {
  faultSuite('the native executor', () => nativeExecutor(findStage()!), real, examples)
  test('every op of the child lane but exec and the test ops is in some example', () => {
    const used = new Set(examples.flatMap(({ plan }) => plan.steps.map(({ op }) => op)))
    for (const op of ['fork', 'pivot_root', 'console', 'supervise', 'mount_setattr', 'write_proc'] as const) {
      assert.ok(used.has(op), op)
    }
  })
} else {
  needs('root', 'native')('a fault at every index of the native executor is reported', () => undefined)
}

test.run()

/** The trace: what a start did, as the driver tells it. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Channel } from '#core/exec/channel'
import { drive } from '#core/exec/driver'
import { runContainer } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'
import type { Report } from '#core/exec/report'
import { States } from '#core/exec/state'
import { lower } from '#core/plan/lower'
import type { Plan } from '#core/plan/step'
import { probeFacts } from '#core/sys/probe'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'
import { examplesHere } from './example-plans.js'

const world = newWorld()
const examples = await examplesHere({ rootfs: world.rootfs, source: world.directoryOf({}) })

needs('root', 'native')('the trace has each step once and in order when host and child take turns', async () => {
  const { plan, spec } = examples.find(({ name }) => name === 'ch2 userns')!
  const states = new States(world.run)
  const record = states.create({ id: 'traced', chapter: 'ch2', spec: null, undo: [] })
  const seen: number[] = []
  await runContainer(
    { states, record, spec },
    {
      plan,
      executor: nativeExecutor(findStage()!),
      perform: host(world.run, probeFacts()).perform,
      interactive: false,
      trace: ({ index }) => seen.push(index),
    },
  )
  assert.equal(seen, [...plan.steps.keys()])
})

/** A stage that dies while the host performs: there is nobody to send the turn to. */
function dyingChannel(): Channel {
  const story: Report['kind'][] = ['stage', 'yield']
  return {
    async next() {
      const kind = story.shift()
      return kind === undefined
        ? null
        : { report: { kind, index: kind === 'yield' ? 1 : 0, value: 1, start: 0n, end: 0n }, fd: null }
    },
    send() {
      if (story.length === 0) throw Object.assign(new Error('sendmsg: EPIPE'), { code: 'EPIPE' })
    },
    close: () => undefined,
  }
}

test('drive says that the stage is lost when it is gone before its turn comes', async () => {
  const at = { by: 'test', why: 'for the test' } as const
  const plan: Plan = {
    steps: [
      { ...at, op: 'unshare', phase: 'enter', flags: ['CLONE_NEWUSER'] },
      { ...at, op: 'write_proc', phase: 'map', of: 'stage', file: 'uid_map', data: '' },
      { ...at, op: 'execve', phase: 'exec', args: ['true'], env: [] },
    ],
  }
  const outcome = await drive(lower(plan), dyingChannel(), () => undefined)
  assert.equal(outcome, { kind: 'lost', status: null, index: 1 })
})

test.run()

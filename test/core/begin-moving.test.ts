/** The move that is begun early: a file in the place of a cgroup's takes it just as well. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { beginMoving } from '#core/exec/cgroup'
import { newWorld } from '#support/world'

const world = newWorld()
const pause = new Int32Array(new SharedArrayBuffer(4))

test('a move is begun at once when this thread does not come back to its event loop', () => {
  const cgroup = world.directoryOf({ 'cgroup.procs': '' })
  beginMoving(cgroup)
  const deadline = Date.now() + 5000
  const written = (): string => fs.readFileSync(`${cgroup}/cgroup.procs`, 'utf8')
  while (written() === '' && Date.now() < deadline) Atomics.wait(pause, 0, 0, 1)
  assert.is(written(), '0')
})

test('nothing is said when there is no such cgroup', () => {
  assert.not.throws(() => beginMoving(world.path()))
})

test.run()

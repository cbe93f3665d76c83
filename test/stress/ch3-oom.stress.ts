/** Fifty eaters of memory, one after the other. */

import { test } from 'uvu'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'
import { killedForMemory } from '../suites/oom-suite.js'

const world = newWorld()

needs(
  'root',
  'native',
  'inside',
  'controller memory',
)('an eater of memory is killed in its own cgroup each time when fifty run under a limit', () =>
  killedForMemory(world, 50),
)

test.run()

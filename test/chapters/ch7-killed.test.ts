import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { killed, RuntimeKillSuite } from '../suites/runtime-kill-suite.js'

needs('root', 'native')('list is right and delete cleans all when the runtime is killed at any moment', async () => {
  const suite = new RuntimeKillSuite()
  await suite.begin()
  for (let round = 0; round < 5; round++) for (const operation of killed) await suite.kill(operation)
  assert.ok(suite.found.size >= 3, [...suite.found.keys()].join(', '))
})

test.run()

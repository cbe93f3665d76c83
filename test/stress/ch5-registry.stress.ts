/** A registry is killed at random moments of uploads and of garbage collection. MINI_DOCKER_STRESS_KILLS says how often. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { RegistryKillSuite } from '../suites/registry-kill-suite.js'

const kills = Number(process.env.MINI_DOCKER_STRESS_KILLS ?? 100)
const onLinux = needs('linux')

onLinux(`nothing that was acknowledged is lost when a registry is killed at ${kills} moments`, async () => {
  const suite = new RegistryKillSuite(300)
  await suite.begin()
  for (let i = 0; i < kills; i++) await suite.kill(50 + Math.random() * 1200)
  await suite.end()
  assert.ok(suite.pushed >= kills)
  console.log(`\n${kills} times killed, ${suite.pushed} images acknowledged, none lost`)
})

test.run()

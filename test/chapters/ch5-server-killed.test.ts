import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { RegistryKillSuite } from '../suites/registry-kill-suite.js'

const onLinux = needs('linux')

onLinux(
  'nothing that was acknowledged is lost when a registry is killed at any moment of pushes and of collection',
  async () => {
    const suite = new RegistryKillSuite(300)
    await suite.begin()
    for (let i = 0; i < 6; i++) await suite.kill(200 + Math.random() * 900)
    assert.ok(suite.pushed > 10, `${suite.pushed}`)
    await suite.end()
  },
)

test.run()

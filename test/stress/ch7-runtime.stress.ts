/** mini-runc is killed at random moments of create, start and delete. MINI_DOCKER_STRESS_KILLS says how often. */

import { test } from 'uvu'
import { needs } from '#support/needs'
import { killed, RuntimeKillSuite } from '../suites/runtime-kill-suite.js'

const kills = Number(process.env.MINI_DOCKER_STRESS_KILLS ?? 200)

needs('root', 'native')(
  `list is right and delete cleans all when the runtime is killed at ${kills} moments`,
  async () => {
    const suite = new RuntimeKillSuite()
    await suite.begin()
    for (let i = 0; i < kills; i++) await suite.kill(killed[i % killed.length]!)
    console.log(
      `\n${kills} times killed; found: ${[...suite.found].map(([what, times]) => `${what} ${times}`).join(', ')}`,
    )
  },
)

test.run()

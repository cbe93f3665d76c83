/** Kills of every command that changes the store, at random moments. MINI_DOCKER_STRESS_KILLS says how many in all. */

import { test } from 'uvu'
import { needs } from '#support/needs'
import { StoreKillSuite } from '../suites/store-kill-suite.js'

const kills = Number(process.env.MINI_DOCKER_STRESS_KILLS ?? 200)
const asRoot = needs('root', 'native', 'setsid')
const { length } = new StoreKillSuite().victims()

for (let i = 0; i < length; i++) {
  const { name } = new StoreKillSuite().victims()[i]!
  asRoot(`${name} leaves whole images when it is killed at ${Math.ceil(kills / length)} moments`, async () => {
    const suite = new StoreKillSuite()
    await suite.make()
    await suite.kill(suite.victims()[i]!, Math.ceil(kills / length))
    console.log(`\n${name}: ${suite.hits} of ${Math.ceil(kills / length)} were killed before they had ended`)
  })
}

for (const [a, b] of [
  [0, 3],
  [3, 1],
  [2, 0],
  [1, 2],
] as const) {
  asRoot(
    `two commands beside each other, ${a} and ${b}, neither corrupt nor wait for ever when one is killed`,
    async () => {
      const suite = new StoreKillSuite()
      await suite.make()
      const victims = suite.victims()
      await suite.killBeside(victims[a]!, victims[b]!, Math.ceil(kills / 8))
    },
  )
}

test.run()

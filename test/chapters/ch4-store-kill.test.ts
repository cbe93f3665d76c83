/** Two kills of each command and a pair of each kind; `npm run stress` does hundreds. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { StoreKillSuite } from '../suites/store-kill-suite.js'

const asRoot = needs('root', 'native', 'setsid')

asRoot('every image is whole and nothing is left when a command is killed at any moment', async () => {
  const suite = new StoreKillSuite()
  await suite.make()
  for (const victim of suite.victims()) await suite.kill(victim, 2)
  assert.ok(suite.hits > 0)
})

asRoot('one command comes to its end when another is killed beside it', async () => {
  const suite = new StoreKillSuite()
  await suite.make()
  const [load, imported, rmi, prune] = suite.victims()
  await suite.killBeside(load!, prune!, 1)
  await suite.killBeside(prune!, imported!, 1)
  await suite.killBeside(rmi!, load!, 1)
})

test.run()

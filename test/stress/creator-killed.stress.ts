/** The creating process killed before every step of every example. */

import { test } from 'uvu'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'
import { examplesHere } from '../exec/example-plans.js'
import { killCreators, moments } from '../suites/creator-suite.js'

const world = newWorld()

for (const example of await examplesHere({ rootfs: world.rootfs, source: world.directoryOf({}) })) {
  needs('root', 'native')(
    `nothing is left behind when the creator of ${example.name} is killed before any step`,
    async () => {
      const killed = await killCreators(
        world,
        moments(example).map(index => ({ example, index })),
      )
      console.log(`${example.name}: ${killed} creators killed`)
    },
  )
}

test.run()

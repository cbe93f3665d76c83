/** The creating process killed before every step of every example. */

import { test } from 'uvu'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'
import { examplesHere, limitedHere } from '../exec/example-plans.js'
import { killCreators, moments } from '../suites/creator-suite.js'

const world = newWorld()

const places = { rootfs: world.rootfs, source: world.directoryOf({}) }

for (const example of [...(await examplesHere(places)), ...limitedHere(places)]) {
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

/** Two hundred starts in a row of the plain container, and as many of all examples in turn. */

import { test } from 'uvu'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'
import { examplesHere } from '../exec/example-plans.js'
import { endingByThemselves, startMany } from '../exec/many-starts.js'

const world = newWorld()
const examples = endingByThemselves(await examplesHere({ rootfs: world.rootfs, source: world.directoryOf({}) }))
const forms = {
  'the plain container': examples.filter(({ name }) => name === 'ch2 container'),
  'all examples in turn': examples,
}

for (const [what, some] of Object.entries(forms)) {
  needs('root', 'native')(`nothing adds up when one process starts ${what} two hundred times`, async () => {
    const grown = await startMany(world, some, 200)
    console.log(`${what}: grown by ${grown.toFixed(1)} MB after 200 starts`)
  })
}

test.run()

/** Forty starts in a row; `npm run stress` does two hundred and more. */

import { test } from 'uvu'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'
import { examplesHere } from './example-plans.js'
import { endingByThemselves, startMany } from './many-starts.js'

const world = newWorld()
const examples = await examplesHere({ rootfs: world.rootfs, source: world.directoryOf({}) })

needs('root', 'native')('nothing adds up when one process starts forty containers in a row', async () => {
  await startMany(world, endingByThemselves(examples), 40)
})

test.run()

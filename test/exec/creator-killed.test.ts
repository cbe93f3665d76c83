/** The creating process killed at every index of two examples, and at some of the others; `npm run stress` takes all. */

import { test } from 'uvu'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'
import { type Case, killCreators, moments } from '../suites/creator-suite.js'
import { examplesHere, limitedHere } from './example-plans.js'

const world = newWorld()
const places = { rootfs: world.rootfs, source: world.directoryOf({}) }
const examples = await examplesHere(places)
const every = ['ch2 container', 'ch2 userns']
const stride = 23

const whole = examples.filter(({ name }) => every.includes(name))
const sample = [...examples.filter(({ name }) => !every.includes(name)), ...limitedHere(places)]

const here = needs('root', 'native')
for (const example of whole) {
  here(`nothing is left behind when the creator of ${example.name} is killed before any step`, async () => {
    await killCreators(
      world,
      moments(example).map(index => ({ example, index })),
    )
  })
}

here('nothing is left behind when the creator of any other example is killed before some of its steps', async () => {
  // the examples are walked as one row, so that the stride meets other steps in each
  const row: Case[] = sample.flatMap(example => moments(example).map(index => ({ example, index })))
  await killCreators(
    world,
    row.filter((_, i) => i % stride === 0),
  )
})

test.run()

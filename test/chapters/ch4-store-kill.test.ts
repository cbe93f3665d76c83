/** The short form: one moment of each command. `npm run stress` has hundreds. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { StoreKillSuite } from '../suites/store-kill-suite.js'

const asRoot = needs('root', 'native', 'setsid')
let made: Promise<StoreKillSuite> | undefined

/** One store for all, with its container, made when the first test wants it: not where all are skipped. */
async function newSuite(): Promise<StoreKillSuite> {
  const suite = new StoreKillSuite()
  await suite.stage.make()
  return suite
}

const theSuite = (): Promise<StoreKillSuite> => (made ??= newSuite())

test.after(async () => (await made)?.stage.end())

for (const name of ['pack --cmd', 'load', 'commit', 'build --no-cache', 'rmi', 'prune'] as const) {
  asRoot(`every image is whole and nothing is left when ${name} is killed at any moment`, async () => {
    assert.is((await (await theSuite()).kill(name, 1)).hits, 1)
  })
}

asRoot('a prune comes to its end when a build is killed beside it', async () => {
  await (await theSuite()).beside('build --no-cache', 'prune', 1)
})

asRoot('a build and a prune at once come to their end', async () => {
  await (await theSuite()).beside('prune', 'build', 1, false)
})

test.run()

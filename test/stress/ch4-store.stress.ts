/**
 * Kills of every command that changes the store, at moments spread over all of its life. MINI_DOCKER_STRESS_KILLS says how many
 * in all, MINI_DOCKER_STRESS_ONLY which commands and pairs, in a list: `build,prune+pack`.
 */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { StoreKillSuite } from '../suites/store-kill-suite.js'
import { type Name, names } from '../suites/store-victims.js'

const kills = Number(process.env.MINI_DOCKER_STRESS_KILLS ?? 200)
const only = process.env.MINI_DOCKER_STRESS_ONLY?.split(',')
const asRoot = needs('root', 'native', 'setsid')
const isWanted = (name: string): boolean => only?.includes(name) ?? true

async function inSuite(body: (suite: StoreKillSuite) => Promise<void>): Promise<void> {
  const suite = new StoreKillSuite()
  try {
    await suite.stage.make()
    await body(suite)
  } finally {
    await suite.stage.end()
  }
}

for (const name of names.filter(isWanted)) {
  const times = Math.ceil(kills / names.length)
  asRoot(`${name} leaves whole images when it is killed at ${times} moments`, () =>
    inSuite(async suite => {
      const { hits, left, missed, typical } = await suite.kill(name, times)
      console.log(
        `\n${name}: ${hits} killed before the end, in ${typical.toFixed(0)} ms; ${left} left something to prune; ${missed} ended before`,
      )
      assert.is(hits, times)
    }),
  )
}

const pairs: readonly (readonly [Name, Name])[] = [
  ['load', 'prune'],
  ['prune', 'import'],
  ['rmi', 'load'],
  ['import', 'rmi'],
  ['build --no-cache', 'prune'],
  ['prune', 'build --no-cache'],
  ['build', 'build'],
  ['pack', 'prune'],
  ['prune', 'pack'],
  ['commit', 'prune'],
  ['prune', 'commit'],
  ['commit', 'build'],
]
for (const [one, other] of pairs.filter(pair => isWanted(pair.join('+')))) {
  const times = Math.ceil(kills / 25)
  asRoot(`${one} and ${other} at once neither corrupt nor wait for ever, ${times} times, with a kill and without`, () =>
    inSuite(async suite => {
      await suite.beside(one, other, times)
      await suite.beside(one, other, times, false)
    }),
  )
}

test.run()

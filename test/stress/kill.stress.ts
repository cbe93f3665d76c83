/** Kills until every phase of a run was hit, of each of its processes, and at least a hundred of each. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'
import type { Victim } from '../exec/observed-run.js'
import { KillSuite } from '../suites/kill-suite.js'

const world = newWorld()
const victims: readonly Victim[] = ['cli', 'monitor', 'container']
/** A long PATH makes the look-up of the program long enough to be met. */
const path = ['-e', `PATH=${Array.from({ length: 500 }, (_, i) => `/none/${i}`).join(':')}:/usr/bin:/bin`]
const forms = [[], ['--user', '1000'], ['--userns'], ['-t']]
const kills = Math.ceil(Number(process.env.MINI_DOCKER_STRESS_KILLS ?? 140) / forms.length)
const patience = 5

for (const flags of forms) {
  needs('root', 'native')(`every phase of 'ch2 run ${flags.join(' ')}' survives the kill of any process`, async () => {
    const suite = new KillSuite(world, [...flags, ...path])
    await suite.measure()
    for (const victim of victims) {
      const targets = suite.targets(victim)
      for (let i = 0; i < kills; i++) await suite.kill(victim, i % 2 === 0 ? targets[(i / 2) % targets.length]! : null)
      for (let i = 0; i < patience * kills && suite.missed(victim).length > 0; i++)
        await suite.kill(victim, suite.missed(victim)[0]!)
    }
    console.log(`\n'ch2 run ${flags.join(' ')}': the longest that anything lived on: ${suite.slowest.toFixed(0)} ms`)
    console.log(tableOf(suite.hits), '\n', tableOf(suite.codes))
    for (const victim of victims) assert.equal(suite.missed(victim), [], `${victim}: phases that no kill hit`)
  })
}

const tableOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort()
    .map(([what, times]) => `${what}: ${times}`)
    .join(', ')

test.run()

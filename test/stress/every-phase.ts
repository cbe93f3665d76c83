/** Kills until every phase of a run was hit, of each of its processes. */

import * as assert from 'uvu/assert'
import type { User } from '#support/users'
import type { World } from '#support/world'
import type { Victim } from '../exec/observed-run.js'
import { KillSuite } from '../suites/kill-suite.js'

const victims: readonly Victim[] = ['cli', 'monitor', 'container']
/** A long PATH makes the look-up of the program long enough to be met. */
const path = ['-e', `PATH=${Array.from({ length: 500 }, (_, i) => `/none/${i}`).join(':')}:/usr/bin:/bin`]
const patience = 5

/** @param kills of each process, at least */
export async function everyPhase(
  world: World,
  flags: readonly string[],
  kills: number,
  user?: User,
  chapter: 'ch2' | 'ch3' = 'ch2',
): Promise<void> {
  const suite = new KillSuite(world, [...flags, ...path], user, chapter)
  await suite.measure()
  for (const victim of victims) {
    const targets = suite.targets(victim)
    for (let i = 0; i < kills; i++) await suite.kill(victim, i % 2 === 0 ? targets[(i / 2) % targets.length]! : null)
    for (let i = 0; i < patience * kills && suite.missed(victim).length > 0; i++)
      await suite.kill(victim, suite.missed(victim)[0]!)
  }
  const whose = user === undefined ? '' : ` of user ${user.uid}`
  console.log(
    `\n'${chapter} run ${flags.join(' ')}'${whose}: the longest that anything lived on: ${suite.slowest.toFixed(0)} ms`,
  )
  console.log(tableOf(suite.hits), '\n', tableOf(suite.codes))
  for (const victim of victims) assert.equal(suite.missed(victim), [], `${victim}: phases that no kill hit`)
}

const tableOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort()
    .map(([what, times]) => `${what}: ${times}`)
    .join(', ')

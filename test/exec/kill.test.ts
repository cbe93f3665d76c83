/** Some forty kills of a run's processes, of each one that is aimed and one at any moment; `npm run stress` does hundreds and asserts that every phase was hit. */

import { test } from 'uvu'
import { needs } from '#support/needs'
import { newUser } from '#support/users'
import { newWorld } from '#support/world'
import { KillSuite } from '../suites/kill-suite.js'
import type { Victim } from './observed-run.js'

const world = newWorld()
const victims: readonly Victim[] = ['cli', 'monitor', 'container']
const rounds = 2
const limits = ['--memory', '64m', '--pids-limit', '20']

for (const flags of [[], ['--user', '1000'], ['--userns'], ['-t'], ['--init']]) {
  const here = needs('root', 'native', ...(flags[0] === '--userns' ? ['user namespaces'] : []))
  here(`nothing is left behind when cli, monitor or container of 'ch2 run ${flags.join(' ')}' are killed`, () =>
    someKills(new KillSuite(world, flags)),
  )
}

needs(
  'root',
  'native',
  'setpriv',
  'user namespaces',
)("nothing is left behind when cli, monitor or container of an ordinary user's 'ch2 run' are killed", () =>
  someKills(new KillSuite(world, [], newUser(world))),
)

needs(
  'root',
  'native',
  'controller memory',
  'controller pids',
)(`nothing is left behind when cli, monitor or container of 'ch3 run ${limits.join(' ')}' are killed`, () =>
  someKills(new KillSuite(world, limits, undefined, 'ch3')),
)

async function someKills(suite: KillSuite): Promise<void> {
  await suite.measure(2)
  for (let round = 0; round < rounds; round++) {
    for (const victim of victims) {
      const targets = suite.targets(victim)
      const target = targets[Math.floor(Math.random() * targets.length)]!
      await suite.kill(victim, round % 2 === 0 ? target : null)
    }
  }
}

test.run()

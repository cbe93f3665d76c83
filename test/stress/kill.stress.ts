/** Kills until every phase of a run was hit, of each of its processes, and at least a hundred of each. */

import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { makeMachine } from '#support/netns'
import { newUser, withRange } from '#support/users'
import { newWorld } from '#support/world'
import { everyPhase } from './every-phase.js'

const world = newWorld()
const own = [[], ['--user', '1000'], ['--userns'], ['-t'], ['--init']]
const users = {
  'a user with one id': [['setpriv'], () => newUser(world)],
  'a user with a range': [
    ['setpriv', 'unshare', 'newuidmap', 'newgidmap'],
    () => withRange(world, newUser(world), 700_000, 65_536),
  ],
} as const
const connected = ['--net', 'bridge']
const forms = own.length + Object.keys(users).length + 2
const kills = Math.ceil(Number(process.env.MINI_DOCKER_STRESS_KILLS ?? 280) / forms)

for (const flags of own) {
  needs('root', 'native')(`every phase of 'ch2 run ${flags.join(' ')}' survives the kill of any process`, () =>
    everyPhase(world, flags, kills),
  )
}

for (const [name, [programs, make]] of Object.entries(users)) {
  needs(
    'root',
    'native',
    'user namespaces',
    ...programs,
  )(`every phase of 'ch2 run' of ${name} survives the kill of any process`, () => everyPhase(world, [], kills, make()))
}

const limited = ['--memory', '64m', '--pids-limit', '20', '--cpus', '0.5']
const withLimits = needs('root', 'native', 'controller memory', 'controller pids', 'controller cpu')

withLimits(`every phase of 'ch3 run ${limited.join(' ')}' survives the kill of any process`, () =>
  everyPhase(world, limited, kills, undefined, 'ch3'),
)

const onBridge = needs('root', 'native', 'unshare', 'nsenter', 'ip', 'nft', 'busybox')

onBridge(`every phase of 'ch2 run ${connected.join(' ')}' survives the kill of any process`, async () => {
  const program = fileURLToPath(new URL('./connected-kills.js', import.meta.url))
  const machine = await makeMachine()
  try {
    const argv = [process.execPath, program, JSON.stringify({ flags: connected, kills })]
    const { code, stdout, stderr } = await machine.host.run(argv, { seconds: 600 })
    console.log(stdout)
    assert.is(code, 0, stderr)
  } finally {
    machine.end()
  }
})

test.run()

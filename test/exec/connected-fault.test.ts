/**
 * Faults where a start changes the host: of ch2's examples only those with a cable have lasting steps, so only here is an
 * undo performed. The host is a throw-away one; links, tables, leases, routes and helpers are counted after each fault.
 */

import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findStage } from '#core/exec/native'
import { type As, isThere, type Machine, makeMachine, missingForNetns } from '#support/netns'

const program = fileURLToPath(new URL('./connected-faults.js', import.meta.url))
const lacks = missingForNetns() ?? (findStage() === null ? 'dist/native/mini-docker-stage' : null)
/** Not in any passwd, and so without a range in /etc/subuid: the map of one id. */
const ordinary: As = { uid: 54322, env: { HOME: '/tmp' } }

const check = (name: string, missing: string | null, body: (machine: Machine) => Promise<void>): void =>
  void test(name, async () => {
    if (missing !== null) return console.log(`\nskipped: ${name}: needs ${missing}`)
    const machine = await makeMachine()
    try {
      await body(machine)
    } finally {
      machine.end()
    }
  })

async function allFaults({ host }: Machine, as: As): Promise<void> {
  const { code, stdout, stderr } = await host.run([process.execPath, program], as)
  assert.is(code, 0, stdout + stderr)
  assert.match(stdout, /Passed: +1\b/)
}

check('nothing is left of bridge, cable and lease when any step of a container on the bridge fails', lacks, machine =>
  allFaults(machine, {}),
)

check(
  "nothing is left of the helper when any step of an ordinary user's container with a network fails",
  lacks ?? (isThere('pasta') || isThere('slirp4netns') ? null : 'pasta'),
  machine => allFaults(machine, ordinary),
)

test.run()

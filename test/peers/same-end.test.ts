/** How a run ends, as the shell is told: the program's own end is the same for all three, a start that fails is not. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import type { Process, Spec } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import { needs } from '#support/needs'
import { leftovers, newWorld } from '#support/world'
import { start } from './observe.js'
import { cgroupsLeft, type PeerName, peers, removeCgroups } from './runtimes.js'

const world = newWorld()
const rootfs = world.copyRootfs()
fs.writeFileSync(`${rootfs}/etc/plain`, 'no program', { mode: 0o644 })
fs.writeFileSync(`${rootfs}/bin/orphan`, '#!/bin/no-such-shell\n', { mode: 0o755 })
fs.writeFileSync(`${rootfs}/bin/garbage`, 'neither a script nor a program', { mode: 0o755 })

const facts = probeFacts()
const env = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin']

/** Without a pid namespace: its number 1 could not be ended by a signal of its own. */
const spec = (more: Partial<Process>): Spec =>
  defaultSpec(
    {
      rootfs,
      process: { args: ['true'], cwd: '/', env, user: { uid: 0, gid: 0 }, ...more },
      namespaces: ['mount', 'uts', 'ipc'],
      hostname: 'box',
    },
    facts,
  )

/**
 * [what the process is, our code, the peers']. 126 and 127 are Docker's, who reads them out of what runc writes to
 * stderr: a runtime by itself has one code for all that keeps a program from starting.
 */
const ends: readonly (readonly [name: string, process: Partial<Process>, ours: number, theirs: number])[] = [
  ['a program that succeeds', { args: ['true'] }, 0, 0],
  ['a program that exits with 7', { args: ['inside', 'exit', '7'] }, 7, 7],
  ['a program that exits with 255', { args: ['inside', 'exit', '255'] }, 255, 255],
  ['a program that exits with 127', { args: ['sh', '-c', 'no-such-program'] }, 127, 127],
  ['a program that is killed', { args: ['sh', '-c', 'kill -KILL $$'] }, 137, 137],
  ['a program that is terminated', { args: ['sh', '-c', 'kill -TERM $$'] }, 143, 143],
  ['a program that is aborted', { args: ['sh', '-c', 'kill -ABRT $$'] }, 134, 134],
  ['a program that is not there', { args: ['no-such-program'] }, 127, 1],
  ['a path that is not there', { args: ['/no/such/program'] }, 127, 1],
  ['a file without an x bit', { args: ['/etc/plain'] }, 126, 1],
  ['a directory', { args: ['/etc'] }, 126, 1],
  ['a script whose interpreter is not there', { args: ['orphan'] }, 127, 1],
  ['a program for no machine', { args: ['garbage'] }, 126, 1],
  ['a file as working directory', { cwd: '/etc/plain' }, 127, 1],
]

const codesOf = async (runtime: PeerName | 'mini-docker'): Promise<Record<string, number | null>> => {
  const codes: Record<string, number | null> = {}
  for (const [name, process] of ends) codes[name] = (await start(runtime, world, spec(process))).code
  return codes
}

const expected = (column: 2 | 3): Record<string, number> => Object.fromEntries(ends.map(row => [row[0], row[column]]))

const here = needs('root', 'native', 'inside')
here("mini-docker exits with the program's code, and with Docker's when there is none", async () => {
  assert.equal(await codesOf('mini-docker'), expected(2))
  assert.equal(await leftovers(world), [])
})

for (const peer of peers) {
  needs(
    'root',
    'inside',
    peer,
  )(`${peer} exits with the program's code, and with 1 when there is none`, async () => {
    assert.equal(await codesOf(peer), expected(3))
    assert.equal(cgroupsLeft(), [])
  })
}

test.after(removeCgroups)
test.run()

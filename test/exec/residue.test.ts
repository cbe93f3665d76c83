/** The look around itself: what is planted is seen, so that seeing nothing means something. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cgroupsOf } from '#support/cgroups'
import { needs } from '#support/needs'
import { lookAround, residueSince } from '#support/residue'
import { newWorld } from '#support/world'

const world = newWorld()
const scope = { run: world.run, starts: true }

test('residueSince names file, process and open file when they were left behind', async () => {
  const before = lookAround(scope)
  fs.mkdirSync(`${world.run}/containers/lost`, { recursive: true })
  const fd = fs.openSync('/proc/self/ns/net', 'r')
  const sleeper = spawn('sleep', ['300'], { stdio: 'ignore' })
  const left = await residueSince(before, scope, 0.1)
  sleeper.kill('SIGKILL')
  fs.closeSync(fd)
  fs.rmSync(world.run, { recursive: true })
  assert.ok(left.includes('+ files: containers/lost'), left.join('; '))
  assert.ok(left.includes(`+ processes: ${sleeper.pid} sleep`), left.join('; '))
  assert.ok(
    left.some(line => line.startsWith(`+ fds: ${fd} net:`)),
    left.join('; '),
  )
  assert.equal(await residueSince(before, scope), [])
})

needs('root', 'cgroups')(
  "an empty cgroup of a lab's room is another's while its maker lives, and residue when we are the maker",
  async () => {
    const sleeper = spawn('sleep', ['300'], { stdio: 'ignore' })
    const top = cgroupsOf('self')[0]!.directory
    const [others, own] = [1, sleeper.pid].map(maker => `${top}/mini-docker-room.${maker}`)
    const before = lookAround(scope)
    for (const place of [others!, own!]) fs.mkdirSync(place)
    const left = await residueSince(before, scope, 0.1)
    for (const place of [others!, own!]) fs.rmdirSync(place)
    sleeper.kill('SIGKILL')
    assert.ok(left.includes(`+ cgroups: ${own}`), left.join('; '))
    assert.not.ok(left.includes(`+ cgroups: ${others}`), left.join('; '))
  },
)

test.run()

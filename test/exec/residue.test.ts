/** The look around itself: what is planted is seen, so that seeing nothing means something. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { canMakeIn, probeFacts } from '#core/sys/probe'
import { needs } from '#support/needs'
import { lookAround, residueSince } from '#support/residue'
import { newWorld, nonce } from '#support/world'

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
  'residueSince names an empty cgroup when no other test has a record of its container',
  async () => {
    const before = lookAround(scope)
    const id = `mini-docker.${nonce()}`
    const cgroup = `${probeFacts().hierarchies.find(({ home }) => canMakeIn(home))!.home}/${id}`
    fs.mkdirSync(cgroup)
    const another = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-test-`)
    // in so short a time others, which run beside this one, leave things lying as well
    const left = async () => (await residueSince(before, scope, 0.1)).filter(line => line.includes(id))
    try {
      assert.equal(await left(), [`+ cgroups: ${cgroup}`])
      fs.mkdirSync(`${another}/run/containers/${id}`, { recursive: true })
      assert.equal(await left(), [])
    } finally {
      fs.rmSync(another, { recursive: true })
      fs.rmdirSync(cgroup)
    }
  },
)

test.run()

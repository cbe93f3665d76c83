/** ch1's escape reaches the host; ch2 leaves the very same steps nowhere to go. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { insidePath } from '#support/inside'
import { needs } from '#support/needs'
import { leftovers, newWorld, nonce } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
const word = nonce()
const secret = `${world.directoryOf({ secret: word })}/secret`

asRoot('ch1 escape reads a file of the host when it is root', async () => {
  const before = fs.readdirSync(world.rootfs).sort()
  const jailed = await run(world, ['ch1', 'run', 'cat', secret])
  assert.is(jailed.code, 1)
  const escaped = await run(world, ['ch1', 'escape', 'cat', secret])
  assert.equal([escaped.code, escaped.stdout], [0, word], escaped.stderr)
  assert.equal(fs.readdirSync(world.rootfs).sort(), before)
})

asRoot('ch1 escape leaves nothing in the rootfs when its command does not exist', async () => {
  const before = fs.readdirSync(world.rootfs).sort()
  assert.is((await run(world, ['ch1', 'escape', '/no/such/program'])).code, 127)
  assert.equal(fs.readdirSync(world.rootfs).sort(), before)
})

asRoot('ch2 escape does not reach the host when it performs the same steps', async () => {
  const before = fs.readdirSync(world.rootfs).sort()
  const mark = nonce()
  fs.writeFileSync(`${world.rootfs}/tmp/mark`, mark)
  const [out, own] = await Promise.all([secret, '/tmp/mark'].map(file => run(world, ['ch2', 'escape', 'cat', file])))
  assert.is(out!.code, 1)
  assert.not.match(out!.stdout, word)
  assert.equal([own!.code, own!.stdout], [0, mark])
  assert.equal(fs.readdirSync(world.rootfs).sort(), before)
})

asRoot('a program inside climbs out of ch1 and not out of ch2 when it knows the same trick', async () => {
  const [out, kept] = await Promise.all([
    run(world, ['ch1', 'run', 'inside', 'escape', '/tmp/trap1', '/bin/cat', secret]),
    run(world, ['ch2', 'run', '-v', `${insidePath}:/bin/inside`, 'inside', 'escape', '/tmp/trap2', '/bin/cat', secret]),
  ])
  assert.equal([out.code, out.stdout], [0, word], out.stderr)
  assert.is(kept.code, 1)
  assert.not.match(kept.stdout, word)
  assert.equal(await leftovers(world), [])
})

test.run()

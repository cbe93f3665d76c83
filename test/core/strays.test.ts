import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { needs } from '#support/needs'
import { strays } from '#support/processes'

needs('linux')('Node hears of the end of its child when strays are looked for at that moment', async () => {
  for (let round = 0; round < 20; round++) {
    const child = spawn('true', { stdio: 'ignore' })
    const ended = once(child, 'exit')
    for (const end = Date.now() + 50; Date.now() < end; ) strays(new Set()) // no turn of the event loop: Node cannot be faster
    const heard = await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 2000, null).unref())])
    assert.ok(heard !== null, `round ${round}`)
  }
})

needs('linux')('a child that goes on is a stray, and one that is known is none', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  assert.equal(strays(new Set()), [child.pid])
  assert.equal(strays(new Set([child.pid!])), [])
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(strays(new Set()), [])
})

test.run()

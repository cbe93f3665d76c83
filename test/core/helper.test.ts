/** The program that runs beside a container: it comes up, says why not, and never outlives who started it. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { endHelper, startHelper } from '#core/exec/helper'
import { type Identity, isAlive } from '#core/sys/identity'
import { needs } from '#support/needs'
import { newWorld, nonce, readOr, until } from '#support/world'

const world = newWorld()
const here = needs('linux')
const atOnce = { of: process.pid, file: 'comm', line: '.' }
const never = { of: process.pid, file: 'comm', line: '^no process is called so$' }
const pidFile = (): string => world.path('helper.pid')

here('a helper runs under the pid of its pid file when it is ready, and ends when it is told to', async () => {
  const file = pidFile()
  startHelper(['/bin/sleep', '67'], atOnce, file)
  const identity = JSON.parse(fs.readFileSync(file, 'utf8')) as Identity
  await until('it is sleep', () => readOr('', `/proc/${identity.pid}/comm`) === 'sleep\n')
  assert.is(fs.readFileSync(`/proc/${identity.pid}/cmdline`, 'utf8'), '/bin/sleep\x0067\0')
  endHelper(file)
  await until('it has ended', () => !isAlive(identity))
  assert.not.ok(fs.existsSync(file))
})

here('a helper is said to have failed in its own words when it ends before it is ready', () => {
  assert.throws(() => startHelper(['/bin/sh', '-c', 'echo no tap >&2'], never, pidFile()), /^sh: no tap$/)
  assert.throws(() => startHelper(['/no/such'], never, pidFile()), /such: .*not found/)
})

here('a helper ends when who started it is killed before it was ready', async () => {
  const mark = `6${nonce()}`
  const argv = JSON.stringify(['/bin/sh', '-c', `while :; do sleep 0.1; done # ${mark}`])
  const module = JSON.stringify(new URL('../../core/exec/helper.js', import.meta.url).href)
  const code = `import(${module}).then(m => m.startHelper(${argv}, ${JSON.stringify(never)}, '${pidFile()}'))`
  const pids = (): string[] =>
    fs.readdirSync('/proc').filter(pid => /^\d+$/.test(pid) && commandOf(pid).includes(mark) && Number(pid) !== cli.pid)
  const cli = spawn(process.execPath, ['-e', code], { stdio: 'ignore' })
  await until('the helper is there', () => pids().length > 0)
  cli.kill('SIGKILL')
  await until('the helper is gone', () => pids().length === 0)
})
const commandOf = (pid: string): string => readOr('', `/proc/${pid}/cmdline`)

test.run()

/** The plan is the whole truth: what strace sees of a start is what the ops declare, nothing less and nothing more. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { host } from '#core/exec/host'
import { findStage } from '#core/exec/native'
import { lower } from '#core/plan/lower'
import { probeFacts, which } from '#core/sys/probe'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'
import { examplesHere } from './example-plans.js'
import { declaredCalls, mismatch, traced } from './system-calls.js'

const world = newWorld()
const { perform } = host(world.run, probeFacts())
const here = needs('root', 'native', 'strace')

test('mismatch names the step where the calls leave the pattern', () => {
  const declared = [
    { step: '0 chroot', pattern: 'chroot' },
    { step: '1 lookup', pattern: '(newfstatat faccessat2?)+' },
    { step: '2 execve', pattern: 'execve' },
  ]
  assert.is(mismatch(declared, ['chroot', 'newfstatat', 'newfstatat', 'faccessat2', 'execve']), null)
  assert.match(
    mismatch(declared, ['chroot', 'newfstatat', 'openat', 'execve'])!,
    /'execve' \(2 execve\), made 'openat execve'/,
  )
  assert.match(mismatch(declared, ['chroot', 'newfstatat', 'execve', 'close'])!, /nothing more, made 'close'/)
})

for (const { name, plan } of await examplesHere({ rootfs: world.rootfs, source: world.directoryOf({}) })) {
  here(`the system calls of ${name} are those that its ops declare when strace looks on`, async () => {
    const lowered = lower(plan)
    const directory = world.directoryOf({})
    const { outcome, calls } = await traced(findStage()!, which('strace')!, directory, lowered, perform)
    assert.is(outcome.kind, 'exited', JSON.stringify(outcome))
    const declared = declaredCalls(lowered)
    assert.is(calls.length, declared.length, `processes in ${fs.readdirSync(directory)}`)
    for (const [i, process] of declared.entries()) assert.is(mismatch(process, calls[i]!), null, `process ${i}`)
  })
}

test.run()

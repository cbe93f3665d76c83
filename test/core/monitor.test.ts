/** The native monitor where the kernel refuses it something: strace puts the refusal in. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Executor } from '#core/exec/executor'
import { findStage } from '#core/exec/native'
import { throughChild } from '#core/exec/through-child'
import { which } from '#core/sys/probe'
import { spawn } from '#core/sys/spawn'
import { needs } from '#support/needs'
import { perform } from '#support/perform'
import { ch2Plan } from '#support/plans'

const here = needs('linux', 'root', 'native', 'inside', 'strace')

const without = (call: string): Executor => ({
  name: 'native',
  open({ fds }) {
    const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=ENFILE`]
    const argv = ['strace', '-qq', '-f', '-o', '/dev/null', ...inject, findStage()!, 'monitor']
    return throughChild(farEnd => spawn(which('strace')!, argv, [], [...fds, farEnd]))
  },
})

here('the monitor ends the container and itself when it could not notice the end', async () => {
  const { outcome } = await perform(without('signalfd4'), ch2Plan(['inside', 'signals']))
  assert.is(outcome.kind, 'lost')
})

test.run()

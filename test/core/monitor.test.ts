/** The native monitor where the kernel refuses it something: strace puts the refusal in. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openChannel } from '#core/exec/channel'
import type { Executor } from '#core/exec/executor'
import { findStage } from '#core/exec/native'
import { which } from '#core/sys/probe'
import { reap, spawn } from '#core/sys/spawn'
import { needs } from '#support/needs'
import { perform } from '#support/perform'
import { ch2Plan } from '#support/plans'

const here = needs('linux', 'root', 'native', 'inside', 'strace')

const without = (call: string): Executor => ({
  name: 'native',
  open({ fds }) {
    const { channel, farEnd } = openChannel()
    const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=ENFILE`]
    const argv = ['strace', '-qq', '-f', '-o', '/dev/null', ...inject, findStage()!, 'monitor']
    const pid = spawn(which('strace')!, argv, [], [...fds, farEnd])
    fs.closeSync(farEnd)
    return {
      channel,
      async end() {
        channel.close()
        await reap(pid)
      },
    }
  },
})

here('the monitor ends the container and itself when it could not notice the end', async () => {
  const { outcome } = await perform(without('signalfd4'), ch2Plan(['inside', 'signals']))
  assert.is(outcome.kind, 'lost')
})

test.run()

/** A performance by a child process that holds the far end of the channel: how it is started is the executor's business. */

import * as fs from 'node:fs'
import { reap } from '#core/sys/spawn'
import { openChannel } from './channel.js'
import type { Performance } from './executor.js'

/** @param start gives the far end to a child, and says its pid */
export function throughChild(start: (farEnd: number) => number): Performance {
  const { channel, farEnd } = openChannel()
  const pid = start(farEnd)
  fs.closeSync(farEnd)
  return {
    channel,
    async end() {
      channel.close()
      await reap(pid)
    },
  }
}

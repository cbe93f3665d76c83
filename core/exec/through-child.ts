/** A performance by a child process that holds the far end of the channel: how it is started is the executor's business. */

import * as fs from 'node:fs'
import { reap, reapNow } from '#core/sys/spawn'
import { openChannel } from './channel.js'
import type { Performance } from './executor.js'

/** @param start gives the far end to a child, and says its pid. @param alone see Stdio */
export function throughChild(start: (farEnd: number) => number, alone = false): Performance {
  const { channel, farEnd } = openChannel(alone)
  const pid = start(farEnd)
  fs.closeSync(farEnd)
  return {
    channel,
    async end() {
      channel.close()
      // it ends as soon as the channel is closed
      if (alone) reapNow(pid)
      else await reap(pid)
    },
  }
}

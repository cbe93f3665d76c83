/** The native executor: the C program of native/, started as monitor, which forks the stage. */

import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { reap, spawn } from '#core/sys/spawn'
import { openChannel } from './channel.js'
import type { Executor } from './executor.js'

/** dist/native: beside the bundle, or two up from this file in the unbundled build. */
export const nativeDirectories: readonly string[] = ['./native/', '../../native/'].map(place =>
  fileURLToPath(new URL(place, import.meta.url)),
)

/** The stage's binary, null when it was not built. */
export function findStage(): string | null {
  return nativeDirectories.map(directory => `${directory}mini-docker-stage`).find(path => fs.existsSync(path)) ?? null
}

export function nativeExecutor(stage: string): Executor {
  return {
    name: 'native',
    open({ fds, target }) {
      const { channel, farEnd } = openChannel()
      const pid = spawn(
        stage,
        ['mini-docker:monitor', 'monitor'],
        [],
        [...fds, farEnd, ...(target === undefined ? [] : [target])],
      )
      fs.closeSync(farEnd)
      return {
        channel,
        async end() {
          channel.close()
          await reap(pid)
        },
      }
    },
  }
}

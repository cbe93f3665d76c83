/** The native executor: the C program of native/, started as monitor, which forks the stage. */

import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { reap, sealedCopy, spawn } from '#core/sys/spawn'
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
      const argv = ['mini-docker:monitor', 'monitor']
      // who joins a container is seen by what lives there: it shall not get hold of the stage's file
      const copy = target === undefined ? null : sealedCopy(stage)
      const handed = target === undefined ? [...fds, farEnd] : [...fds, farEnd, target]
      const pid = spawn(copy === null ? stage : `/proc/self/fd/${copy}`, argv, [], handed)
      if (copy !== null) fs.closeSync(copy)
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

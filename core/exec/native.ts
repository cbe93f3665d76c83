/** The native executor: the C program of native/, started as monitor, which forks the stage. */

import * as fs from 'node:fs'
import { sealedCopy, spawn } from '#core/sys/spawn'
import type { Executor } from './executor.js'
import { throughChild } from './through-child.js'

/** dist/native: beside the bundle, or two up from this file in the unbundled build. */
export const nativeDirectories: readonly string[] = ['native/', '../../native/'].map(
  place => `${import.meta.dirname}/${place}`,
)

/** The stage's binary, null when it was not built. */
export function findStage(): string | null {
  return nativeDirectories.map(directory => `${directory}mini-docker-stage`).find(path => fs.existsSync(path)) ?? null
}

/** The stage alone: whoever starts it is init's parent until it ends, and then the nearest subreaper above it is. */
export function withoutMonitor(stage: string): Executor {
  return {
    name: 'native',
    open: ({ fds, target }) =>
      throughChild(farEnd => startIn(stage, ['mini-docker:stage', 'stage'], [...fds, farEnd], target), true),
  }
}

export function nativeExecutor(stage: string): Executor {
  return {
    name: 'native',
    open({ fds, target, alone }) {
      const argv = ['mini-docker:monitor', 'monitor']
      return throughChild(farEnd => startIn(stage, argv, [...fds, farEnd], target), alone)
    },
  }
}

function startIn(stage: string, argv: readonly string[], fds: readonly number[], target: number | undefined): number {
  if (target === undefined) return spawn(stage, argv, [], fds)
  // who joins a container is seen by what lives there: it shall not get hold of the stage's file
  const copy = sealedCopy(stage)
  try {
    return spawn(`/proc/self/fd/${copy}`, argv, [], [...fds, target])
  } finally {
    fs.closeSync(copy)
  }
}

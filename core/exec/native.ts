/** The native executor: the C program of native/, started as monitor, which forks the stage. */

import * as fs from 'node:fs'
import { duplicate, sealedCopy, spawn } from '#core/sys/spawn'
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
    open: ({ fds, target, preserved }) =>
      throughChild(farEnd => startIn(stage, ['mini-docker:stage', 'stage'], [...fds, farEnd], target, preserved), true),
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

function startIn(
  stage: string,
  argv: readonly string[],
  fds: readonly number[],
  target: number | undefined,
  preserved: readonly number[] = [],
): number {
  // the place of the target is not left empty where more fds follow
  const all = [...fds, ...(target !== undefined ? [target] : preserved.length > 0 ? fds.slice(-1) : [])]
  const above = all.length + preserved.length
  const moved = preserved.map(fd => duplicate(fd, above))
  // who joins a container is seen by what lives there: it shall not get hold of the stage's file
  const copy = target === undefined ? undefined : sealedCopy(stage, above)
  try {
    return spawn(copy === undefined ? stage : `/proc/self/fd/${copy}`, argv, [], [...all, ...moved])
  } finally {
    for (const fd of [...moved, ...(copy === undefined ? [] : [copy])]) fs.closeSync(fd)
  }
}

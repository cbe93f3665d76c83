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

/**
 * The stage alone: whoever starts it is init's parent until it ends, and then the nearest subreaper above it is.
 * @param seen whether processes that are there already see it, as in a pid namespace that others have, too
 */
export function withoutMonitor(stage: string, seen = false): Executor {
  const argv = ['mini-docker:stage', 'stage']
  return {
    name: 'native',
    open: ({ fds, target }) =>
      throughChild(farEnd => startIn(stage, argv, [...fds, farEnd], target, seen || target !== undefined), true),
  }
}

export function nativeExecutor(stage: string): Executor {
  return {
    name: 'native',
    open({ fds, target, alone }) {
      const argv = ['mini-docker:monitor', 'monitor']
      return throughChild(farEnd => startIn(stage, argv, [...fds, farEnd], target, target !== undefined), alone)
    },
  }
}

function startIn(
  stage: string,
  argv: readonly string[],
  fds: readonly number[],
  target: number | undefined,
  seen: boolean,
): number {
  const all = target === undefined ? fds : [...fds, target]
  if (!seen) return spawn(stage, argv, [], all)
  // what lives there shall not get hold of the stage's file
  const copy = sealedCopy(stage)
  try {
    return spawn(`/proc/self/fd/${copy}`, argv, [], all)
  } finally {
    fs.closeSync(copy)
  }
}

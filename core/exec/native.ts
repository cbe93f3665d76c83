/** The native executor: the C program of native/, started as monitor, which forks the stage. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
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

/** @throws MiniDockerError Unavailable */
export const stageOrFail = (): string =>
  findStage() ?? fail('Unavailable', { what: 'the native stage', why: 'is not built', hint: 'npm run build' })

/**
 * The stage alone: whoever starts it is init's parent until it ends, and then the nearest subreaper above it is.
 * @param isShared whether others see it, as in a pid namespace that they are in, too
 */
export function withoutMonitor(stage: string, isShared = false): Executor {
  const argv = ['mini-docker:stage', 'stage']
  return {
    name: 'native',
    open: ({ fds, ...more }) =>
      throughChild(farEnd => startIn(stage, argv, { fds: [...fds, farEnd], isShared, ...more }), true),
  }
}

export function nativeExecutor(stage: string): Executor {
  const argv = ['mini-docker:monitor', 'monitor']
  return {
    name: 'native',
    open: ({ fds, target, alone }) =>
      throughChild(farEnd => startIn(stage, argv, { fds: [...fds, farEnd], isShared: false, target }), alone),
  }
}

interface Given {
  /** Standard streams and channel. */
  readonly fds: readonly number[]
  /** Of a container that is joined. */
  readonly target?: number | undefined
  /** For the program. */
  readonly preserved?: readonly number[] | undefined
  readonly isShared: boolean
}

function startIn(stage: string, argv: readonly string[], { fds, target, preserved = [], isShared }: Given): number {
  // the place of the target is not left empty where more fds follow
  const all = [...fds, ...(target !== undefined ? [target] : preserved.length > 0 ? fds.slice(-1) : [])]
  const above = all.length + preserved.length
  const moved: number[] = []
  let copy: number | undefined
  try {
    for (const fd of preserved) moved.push(duplicate(fd, above))
    // whoever lives where it comes to sees it: they shall not get hold of the stage's file
    if (isShared || target !== undefined) copy = sealedCopy(stage, above)
    return spawn(copy === undefined ? stage : `/proc/self/fd/${copy}`, argv, [], [...all, ...moved])
  } finally {
    for (const fd of copy === undefined ? moved : [...moved, copy]) fs.closeSync(fd)
  }
}

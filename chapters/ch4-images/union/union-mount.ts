/**
 * Directories on top of each other at one place: the steps, and what overlayfs asks of the directories. Pure.
 * Source: overlayfs.rst, "Upper and Lower", "Multiple lower layers", "Non-directories".
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { mountSteps } from '../snapshot/mount-steps.js'
import { plainLayers } from '../snapshot/overlay-options.js'
import type { RootMount } from '../snapshot/snapshotter.js'

export interface UnionWish {
  /** Absolute, the lowest first. */
  readonly lower: readonly string[]
  /** null: read-only. */
  readonly upper: string | null
  /** On the file system of upper, empty. */
  readonly work: string | null
  /** Where it is seen. */
  readonly at: string
  /** In a user namespace: the marks in upper are `user.overlay.*`. */
  readonly rootless: boolean
}

// #region part
export function unionMount({ lower, upper, work, rootless }: UnionWish): RootMount {
  // #region solution
  const [only] = lower
  if (upper === null && only !== undefined && lower.length === 1) return { type: 'bind', source: only, readonly: true }
  return {
    type: 'overlay',
    base: '/',
    // overlayfs wants the topmost first
    lower: [...lower].reverse().map(escaped),
    upper: upper === null ? null : escaped(upper),
    work: work === null ? null : escaped(work),
    options: plainLayers(rootless),
  }
  // #endregion solution
}
// #endregion part

/** In the options of a mount a colon ends a directory and a comma an option. */
const escaped = (directory: string): string => directory.replace(/[\\:,]/g, character => `\\${character}`)

export const unionAt =
  (wish: UnionWish): Pass =>
  () => [
    ...mountSteps(unionMount(wish), wish.at, 'ch4.union'),
    {
      op: 'chdir',
      path: wish.at,
      phase: 'root',
      by: 'ch4.union',
      why: 'stand in it: who stood there before the mount would see what lies under it',
    } satisfies Step,
  ]

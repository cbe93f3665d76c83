/**
 * The chapter's parts as the runtime uses them: the reference, or with --lab what a learner made of them. Looked up here, as in
 * ch4, and not handed from one to the next: every command of runc's needs some.
 */

import type { Parts } from '#core/chapter'
import { type Swap, swapped } from '#core/lab'
import { runtimeHooks as runtimeHooksReference } from './hooks/runtime-hooks.js'
import { ch7 } from './index.js'
import { reduce } from './lifecycle/reduce.js'
import { useReducer } from './lifecycle/reducer.js'

const reference = { passes: ch7.parts, runtimeHooks: runtimeHooksReference }
let inUse = reference

/** Once, before anything is called. */
export function useParts(swap: Swap): void {
  inUse = {
    passes: swapped(ch7.parts, swap),
    runtimeHooks: swap('runtimeHooks', runtimeHooksReference),
  }
  useReducer(swap('reduce', reduce))
}

export const partsInUse = (): Parts => inUse.passes
export const runtimeHooks: typeof runtimeHooksReference = state => inUse.runtimeHooks(state)

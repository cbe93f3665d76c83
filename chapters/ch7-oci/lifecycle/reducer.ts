/** The state machine that is in use: the reference, or with --lab a learner's. A file of its own: `state` needs nothing else of the parts. */

import { reduce as reference } from './reduce.js'

let inUse = reference

export function useReducer(reducer: typeof reference): void {
  inUse = reducer
}

export const reduce: typeof reference = (state, event) => inUse(state, event)

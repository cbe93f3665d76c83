/** What a command says when reduce() refuses it: the line that engines read, and people. Pure. */

import { MiniDockerError } from '#core/errors'
import type { State } from './reduce.js'

/** @param state null: there is no such container @param why reduce()'s words */
export function refused(id: string, state: State | null, why: string): MiniDockerError {
  const what = `container '${id}'`
  if (state === null) return new MiniDockerError('NotFound', { what, why, hint: 'mini-runc list' })
  // what is said already is no hint
  const hint = why === `is ${state}` ? {} : { hint: `it is ${state}` }
  return new MiniDockerError('FailedPrecondition', { what, why, ...hint })
}

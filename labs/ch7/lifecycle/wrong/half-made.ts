/**
 * What could not be made is stopped, as if it had been there.
 *
 * @rejected what-failed
 * @says failed while it is creating
 */

import type { Happening, Next, Operation, State } from '#chapters/ch7-oci/lifecycle/reduce'

type At = State | 'none'
const table: Readonly<Record<Operation | Happening, Readonly<Partial<Record<At, At>>>>> = {
  create: { none: 'creating' },
  made: { creating: 'created' },
  failed: { creating: 'stopped', created: 'stopped' },
  start: { created: 'running' },
  kill: { created: 'created', running: 'running', paused: 'paused' },
  ended: { created: 'stopped', running: 'stopped', paused: 'stopped' },
  delete: { stopped: 'none' },
  pause: { running: 'paused' },
  resume: { paused: 'running' },
  exec: { running: 'running' },
}

export function reduce(state: State | null, event: Operation | Happening): Next {
  const next = table[event][state ?? 'none']
  if (next === undefined) return { refused: `${event}: it is ${state ?? 'not there'}` }
  return { state: next === 'none' ? null : next }
}

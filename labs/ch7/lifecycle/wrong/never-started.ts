/**
 * What was never started can be deleted: but its init is there, and waits.
 *
 * @rejected only-what-stopped
 * @says delete while it is created
 */

import type { Happening, Next, Operation, State } from '#chapters/ch7-oci/lifecycle/reduce'

type At = State | 'none'
const table: Readonly<Record<Operation | Happening, Readonly<Partial<Record<At, At>>>>> = {
  create: { none: 'creating' },
  made: { creating: 'created' },
  failed: { creating: 'none', created: 'stopped' },
  start: { created: 'running' },
  kill: { created: 'created', running: 'running', paused: 'paused' },
  ended: { created: 'stopped', running: 'stopped', paused: 'stopped' },
  delete: { created: 'none', stopped: 'none' },
  pause: { running: 'paused' },
  resume: { paused: 'running' },
  exec: { running: 'running' },
}

export function reduce(state: State | null, event: Operation | Happening): Next {
  const next = table[event][state ?? 'none']
  if (next === undefined) return { refused: `${event}: it is ${state ?? 'not there'}` }
  return { state: next === 'none' ? null : next }
}

/**
 * What is paused does nothing, so it cannot end: but SIGKILL and a machine without memory can end it.
 *
 * @rejected ends-by-itself
 * @says ended while it is paused
 */

import type { Happening, Next, Operation, State } from '#chapters/ch7-oci/lifecycle/reduce'

type At = State | 'none'
const table: Readonly<Record<Operation | Happening, Readonly<Partial<Record<At, At>>>>> = {
  create: { none: 'creating' },
  made: { creating: 'created' },
  failed: { creating: 'none', created: 'stopped' },
  start: { created: 'running' },
  kill: { created: 'created', running: 'running', paused: 'paused' },
  ended: { created: 'stopped', running: 'stopped' },
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

/**
 * A signal is for what runs: so nobody gets rid of what was never started.
 *
 * @rejected a-signal-is-no-end
 * @says kill while it is created
 */

import type { Happening, Next, Operation, State } from '#chapters/ch7-oci/lifecycle/reduce'

type At = State | 'none'
const table: Readonly<Record<Operation | Happening, Readonly<Partial<Record<At, At>>>>> = {
  create: { none: 'creating' },
  made: { creating: 'created' },
  failed: { creating: 'none', created: 'stopped' },
  start: { created: 'running' },
  kill: { running: 'running', paused: 'paused' },
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

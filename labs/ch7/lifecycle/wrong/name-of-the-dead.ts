/**
 * What has stopped is in nobody's way, so that its name is taken again.
 *
 * @rejected from-nothing
 * @says create while it is stopped
 */

import type { Happening, Next, Operation, State } from '#chapters/ch7-oci/lifecycle/reduce'

type At = State | 'none'
const table: Readonly<Record<Operation | Happening, Readonly<Partial<Record<At, At>>>>> = {
  create: { none: 'creating', stopped: 'creating' },
  made: { creating: 'created' },
  failed: { creating: 'none', created: 'stopped' },
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

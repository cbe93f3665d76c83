/**
 * The life of a container, as the runtime-spec has it: which operation is allowed in which state, and what comes of it. Pure:
 * the commands ask here first, and do what it says. Source: runtime.md "State", "Lifecycle", "Operations".
 *
 *               create            start           (init ends)
 *   (none) ──▶ creating ──▶ created ──▶ running ──▶ stopped ──▶ (none)
 *                                        │   ▲          ▲  delete
 *                                  pause ▼   │ resume   │
 *                                       paused ─────────┘
 */

/** `paused` is runc's own beside the spec's four. */
export type State = 'creating' | 'created' | 'running' | 'paused' | 'stopped'

export type Operation = 'create' | 'start' | 'kill' | 'delete' | 'pause' | 'resume' | 'exec'

/** What the world says, whoever did it. */
export type Happening = 'made' | 'failed' | 'ended'

export type Next = { readonly state: State | null } | { readonly refused: string }

/** From where an event leads to where; `none`: there is no such container. */
type Row = Readonly<Partial<Record<State | 'none', State | 'none'>>>

// #region part
/** @param state null: there is no such container */
export function reduce(state: State | null, event: Operation | Happening): Next {
  // #region solution
  const transitions: Readonly<Record<Operation | Happening, Row>> = {
    create: { none: 'creating' },
    made: { creating: 'created' },
    failed: { creating: 'none', created: 'stopped' },
    start: { created: 'running' },
    // "attempting to send a signal to a container that is neither created nor running MUST have no effect": a paused one gets it
    // when it goes on
    kill: { created: 'created', running: 'running', paused: 'paused' },
    ended: { created: 'stopped', running: 'stopped', paused: 'stopped' },
    delete: { stopped: 'none' },
    pause: { running: 'paused' },
    resume: { paused: 'running' },
    exec: { running: 'running' },
  }
  const next = transitions[event][state ?? 'none']
  return next === undefined ? refusal(state, event) : { state: next === 'none' ? null : next }
  // #endregion solution
}
// #endregion part

/** In the words that engines know from runc. */
function refusal(state: State | null, event: Operation | Happening): Next {
  if (state === null) return { refused: 'does not exist' }
  return { refused: refusals[event] ?? `is ${state}` }
}

const refusals: Readonly<Partial<Record<Operation | Happening, string>>> = {
  create: 'already exists',
  start: 'cannot be started: it is not in the created state',
  delete: 'is not stopped',
}

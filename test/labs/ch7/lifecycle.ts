/** The grader of ch7/lifecycle: every event is asked about in every state. */

import type { Happening, Next, Operation, State } from '#chapters/ch7-oci/lifecycle/reduce'
import type { Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { answerOf, ask, differ } from '../support/answers.js'
import { firstFailure } from '../support/plan-rows.js'
import { commandsObey } from './lifecycle-effects.js'

type Event = Operation | Happening
type At = State | 'none'
/** What comes of it, `refused` where nothing may. */
type Outcome = At | 'refused'

const states: readonly At[] = ['none', 'creating', 'created', 'running', 'paused', 'stopped']

/** For each event the states in which it means something; in every other it is refused. */
const lives = {
  create: { none: 'creating' },
  made: { creating: 'created' },
  start: { created: 'running' },
  ended: { created: 'stopped', running: 'stopped', paused: 'stopped' },
  failed: { creating: 'none', created: 'stopped' },
  kill: { created: 'created', running: 'running', paused: 'paused' },
  delete: { stopped: 'none' },
  pause: { running: 'paused' },
  resume: { paused: 'running' },
  exec: { running: 'running' },
} as const satisfies Readonly<Record<Event, Readonly<Partial<Record<At, At>>>>>

const rightOf = (event: Event, at: At): Outcome => (lives[event] as Readonly<Partial<Record<At, At>>>)[at] ?? 'refused'
const nameOf = (event: Event, at: At): string => `${event} when ${at}`
const events = Object.keys(lives) as Event[]

const inWords = (outcome: Outcome): string =>
  outcome === 'refused' ? 'it is refused' : outcome === 'none' ? 'there is none any more' : `it is ${outcome}`
const where = (at: At): string => (at === 'none' ? 'where there is no container' : `while it is ${at}`)

/** @returns null where the answer says nothing: refused, and not why */
function outcomeOf(next: Next): Outcome | null {
  if ('refused' in next) return next.refused.trim() === '' ? null : 'refused'
  return next.state ?? 'none'
}

type Asked = readonly [event: Event, at: At]
const judge =
  (asked: readonly Asked[]) =>
  (evidence: Evidence): Failure | null =>
    firstFailure(
      asked.map(([event, at]) => nameOf(event, at)),
      name => {
        const [event, at] = asked.find(one => nameOf(...one) === name)!
        const right = rightOf(event, at)
        const found = outcomeOf(answerOf<Next>(evidence, name))
        if (found === right) return null
        const what = `${event} ${where(at)}`
        return differ(
          `${what}: ${inWords(right)}`,
          `${what}: ${found === null ? 'refused, and nobody is told why' : inWords(found)}`,
        )
      },
    )

const everywhere = (...some: readonly Event[]): Asked[] => some.flatMap(event => states.map(at => [event, at] as const))
const nowhere: readonly Asked[] = events.map(event => [event, 'none'])

export const grader: Grader = {
  lab: 'ch7/lifecycle',
  about: [],
  around: {},
  cases: {},
  questions: Object.fromEntries(
    everywhere(...events).map(([event, at]) => [nameOf(event, at), ask('reduce', at === 'none' ? null : at, event)]),
  ),
  checks: [
    {
      id: 'from-nothing',
      rung: 'plan',
      title: 'what does not exist can be created, and nothing else',
      points: 1,
      judge: judge([...nowhere, ...everywhere('create')]),
    },
    {
      id: 'made-then-started',
      rung: 'plan',
      title: 'it is created when it is made, and runs when it is started',
      points: 1,
      judge: judge(everywhere('made', 'start')),
    },
    {
      id: 'ends-by-itself',
      rung: 'plan',
      title: 'it is stopped when its init has ended, whatever it was doing',
      points: 1,
      judge: judge(everywhere('ended')),
    },
    {
      id: 'what-failed',
      rung: 'plan',
      title: 'what failed leaves nothing behind, or a container that is stopped',
      points: 1,
      judge: judge(everywhere('failed')),
    },
    {
      id: 'a-signal-is-no-end',
      rung: 'plan',
      title: 'kill sends a signal: what comes of it is for the world to say',
      points: 1,
      judge: judge(everywhere('kill')),
    },
    {
      id: 'only-what-stopped',
      rung: 'plan',
      title: 'what is not stopped cannot be deleted',
      points: 1,
      judge: judge(everywhere('delete')),
    },
    {
      id: 'stands-still',
      rung: 'plan',
      title: 'what runs can be paused, and what is paused resumed; no process starts in between',
      points: 2,
      judge: judge(everywhere('pause', 'resume', 'exec')),
    },
    {
      id: 'commands-obey',
      rung: 'effect',
      title: 'a runtime with your part does to a real container what your part allows',
      points: 2,
      needs: ['root'],
      judge: room => survived(() => commandsObey(room)),
    },
  ],
}

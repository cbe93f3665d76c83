/** Containers of a runtime with ch7/lifecycle in it: what its commands do to them, and what they refuse. */

import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { differ } from '../support/answers.js'
import { RoomRuntime } from '../support/room-runtime.js'
import { told } from '../support/view.js'

type Command = readonly [words: readonly [string, ...string[]], succeeds: boolean, status: string | null]

/** Each with what comes of it: too early and too late as well as in time. */
const life: readonly Command[] = [
  [['delete'], false, 'created'],
  [['start'], true, 'running'],
  [['start'], false, 'running'],
  [['delete'], false, 'running'],
  [['kill', 'CONT'], true, 'running'],
  [['kill', 'KILL'], true, 'stopped'],
  [['kill', 'CONT'], false, 'stopped'],
  [['start'], false, 'stopped'],
  [['delete'], true, null],
]

export async function commandsObey(room: Room): Promise<Failure | null> {
  const runtime = new RoomRuntime(room)
  const id = `c${room.nonce()}`
  const created = runtime.run('create', '--bundle', runtime.bundle(['sleep', '100']), id)
  if (created.code !== 0) return differ('create succeeds', told(created))
  let before = runtime.status(id)
  for (const [[verb, ...more], succeeds, status] of life) {
    const ran = runtime.run(verb, id, ...more)
    const when = `${[verb, ...more].join(' ')} of a container that is ${before}`
    if ((ran.code === 0) !== succeeds) return differ(`${when} ${succeeds ? 'succeeds' : 'is refused'}`, told(ran))
    if (status === 'stopped') await runtime.until(id, status) // a signal takes its time
    const now = runtime.status(id)
    if (now !== status) return differ(`after ${when} it is ${status ?? 'gone'}`, `it is ${now ?? 'gone'}`)
    before = now
  }
  return null
}

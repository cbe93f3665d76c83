/** `delete`: all that was made for a container is taken back, and its name is free. Source: runtime.md "Delete". */

import { fail } from '#core/errors'
import { runHook } from '#core/exec/hook'
import { host } from '#core/exec/host'
import { cleanUp } from '#core/exec/replay'
import type { Spec } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import type { Containers } from './containers.js'
import { oneAtATime } from './one-at-a-time.js'
import { stateJson } from './told.js'
import { warnOf, warnOfRest } from './warnings.js'

/** @param force what runs is killed first, and what is not there is no error */
export async function remove(containers: Containers, id: string, force: boolean): Promise<void> {
  containers.states.sweep() // who was killed while it made or removed a record has left no container, but a directory
  await oneAtATime(containers.directoryOf(id), 'delete', () => removeNow(containers, id, force), { force })
}

function removeNow(containers: Containers, id: string, force: boolean): void {
  const record = force ? containers.states.read(id) : containers.expect(id, 'delete').record
  if (record === null) return
  const { perform } = host(containers.root, probeFacts())
  const state = { ...stateJson(containers, record), pid: 0, status: 'stopped' }
  const { states } = containers
  states.whileStill(record, now => cleanUp(states, now, perform, warnOfRest(containers)))
  if (states.read(id)?.created === record.created) {
    fail('FailedPrecondition', {
      what: `container '${id}'`,
      why: 'could not be taken back whole',
      hint: 'delete it again',
    })
  }
  poststop(containers, record.spec, state)
}

/** The container is gone. */
export function poststop(containers: Containers, spec: Spec | null, state: object): void {
  for (const [index, hook] of (spec?.hooks?.poststop ?? []).entries()) {
    warnOf(containers, () => runHook({ kind: 'poststop', index, hook }, state))
  }
}

/**
 * Cleaning up, of one's own container at its end and of those whose creator was killed. Undo steps are idempotent, so it
 * does not matter how far the creator came, nor whether two clean up at once.
 */

import { type Identity, isAlive } from '#core/sys/identity'
import type { PerformHostStep } from './driver.js'
import type { ContainerRecord, States } from './state.js'

/** Performs all undo steps, whatever each says, then forgets the container. @throws the first error, after all is done */
export function cleanUp(states: States, record: ContainerRecord, perform: PerformHostStep): void {
  const errors: unknown[] = []
  if (record.init !== null) endProcess(record.init)
  for (const step of record.undo) {
    try {
      perform(step, {})
    } catch (error) {
      errors.push(error)
    }
  }
  states.remove(record.id)
  if (errors.length > 0) throw errors[0]
}

/** What any command does first: containers of dead owners are taken back. Their errors do not stop the living. */
export function replayDead(states: States, perform: PerformHostStep, onError: (error: unknown) => void): void {
  for (const record of states.dead()) {
    try {
      cleanUp(states, record, perform)
    } catch (error) {
      onError(error)
    }
  }
}

/** Only if it is still that very process: its number may be another's by now. */
function endProcess(identity: Identity): void {
  if (!isAlive(identity)) return
  try {
    process.kill(identity.pid, 'SIGKILL')
  } catch {
    // it ended by itself meanwhile
  }
}

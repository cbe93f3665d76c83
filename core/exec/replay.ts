/**
 * Cleaning up, of one's own container at its end and of those whose creator was killed. Undo steps are idempotent, so it
 * does not matter how far the creator came, nor how far one came who cleaned up before and was killed in turn.
 */

import * as fs from 'node:fs'
import { MiniDockerError } from '#core/errors'
import { type Identity, isAlive } from '#core/sys/identity'
import type { PerformHostStep } from './driver.js'
import { performAll } from './perform-all.js'
import { type ContainerRecord, isUnreadable, type States } from './state.js'

/**
 * Performs all undo steps, whatever each says, then forgets the container; or, when some failed, keeps its record with
 * those, for a later command to finish. Never throws: how the container itself ended is what its caller has to say.
 */
export function cleanUp(
  states: States,
  record: ContainerRecord,
  perform: PerformHostStep,
  onError: (error: unknown) => void = error => warn(record.id, error),
): void {
  if (record.init !== null) endProcess(record.init)
  const { left, errors } = performAll(record.undo, step => perform(step, {}))
  for (const error of errors) onError(error)
  try {
    if (left.length === 0) states.remove(record.id)
    else states.update({ ...record, status: 'stopped', undo: left })
  } catch (error) {
    onError(error)
  }
}

/**
 * What any command does first: containers of dead owners are taken back. Their errors do not stop the living. Between
 * looking and cleaning somebody else may have cleaned, and begun anew under the same name: that one is left alone.
 */
export function replayDead(
  states: States,
  perform: PerformHostStep,
  onError: (error: unknown, id: string) => void,
): void {
  for (const record of states.dead()) {
    const { id } = record
    try {
      states.whileStill(record, now => {
        if (isUnreadable(now)) onError(unreadable(id), id)
        cleanUp(states, now, perform, error => onError(error, id))
      })
    } catch (error) {
      onError(error, id)
    }
  }
}

const unreadable = (id: string): MiniDockerError =>
  new MiniDockerError('FailedPrecondition', {
    what: `record of '${id}'`,
    why: 'is empty or cut short, it is removed without an undo',
  })

/** Only if it is still that very process: its number may be another's by now. */
function endProcess(identity: Identity): void {
  if (!isAlive(identity)) return
  try {
    process.kill(identity.pid, 'SIGKILL')
  } catch {
    // it ended by itself meanwhile
  }
}

/** Where nobody asked to be told: stderr itself, below whatever prints. */
function warn(id: string, error: unknown): void {
  const said = error instanceof Error ? error.message : String(error)
  try {
    fs.writeSync(2, `mini-docker: cleaning up after '${id}': ${said} (the next command tries again)\n`)
  } catch {
    // nobody reads it; the record says it, too
  }
}

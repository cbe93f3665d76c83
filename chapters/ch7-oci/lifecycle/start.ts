/** `start`: the gate is opened, and init becomes the program that was asked for. Source: runtime.md "Start", "Lifecycle". */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import { openGate } from '#core/exec/create'
import { runHook } from '#core/exec/hook'
import { runHookInside } from '#core/exec/hook-inside'
import { decodeReport } from '#core/exec/report'
import type { ContainerRecord } from '#core/exec/state'
import { errnoName, signals } from '#core/sys/constants'
import { namespacesOf } from '../hooks/inside.js'
import type { Containers } from './containers.js'
import { fifoName } from './exec-fifo.js'
import { sendTo } from './kill.js'
import { oneAtATime } from './one-at-a-time.js'
import { stateOf } from './state.js'
import { stateJson } from './told.js'
import { warnOf } from './warnings.js'

export const start = (containers: Containers, id: string): Promise<void> =>
  oneAtATime(containers.directoryOf(id), 'start', () => startNow(containers, id))

async function startNow(containers: Containers, id: string): Promise<void> {
  const { record } = containers.expect(id, 'start')
  await startHooks(record)
  const fifo = `${containers.directoryOf(id)}/${fifoName}`
  const failed = await openGate(fifo, record.init!)
  fs.rmSync(fifo, { force: true })
  if (failed === 'ended')
    fail('FailedPrecondition', { what: `container '${id}'`, why: 'has ended before it was started' })
  if (failed !== null) {
    const { value } = decodeReport(failed)
    fail('FailedPrecondition', { what: `exec '${record.spec?.process.args[0]}'`, why: errnoName(value) })
  }
  containers.states.update({ ...record, status: 'running' })
  // as it was when the program began: a short one has ended before the first of them is called
  const state = { ...stateJson(containers, record), status: 'running', pid: record.init!.pid }
  for (const [index, hook] of (record.spec?.hooks?.poststart ?? []).entries()) {
    const run = () => runHook({ kind: 'poststart', index, hook }, state)
    if (isFatal(record)) orStop(record, run)
    else warnOf(containers, run)
  }
}

/** runtime.md "Lifecycle": when a poststart hook fails, that was logged and no more before 1.3. */
function isFatal({ spec }: ContainerRecord): boolean {
  const [major = 0, minor = 0] = (spec?.ociVersion ?? '').split('.').map(Number)
  return major > 1 || (major === 1 && minor >= 3)
}

function orStop({ init }: ContainerRecord, run: () => void): void {
  try {
    run()
  } catch (error) {
    sendTo(init!.pid, signals.SIGKILL)
    throw error
  }
}

/** In the container, before its program. runtime.md: when one fails the container is stopped, and waits to be deleted. */
async function startHooks(record: ContainerRecord): Promise<void> {
  const { spec, init } = record
  const state = { ...stateOf(record, spec, 'created'), pid: init!.pid }
  try {
    for (const [index, hook] of (spec?.hooks?.startContainer ?? []).entries()) {
      await runHookInside(
        { kind: 'startContainer', index, hook, by: 'ch7.start' },
        namespacesOf(spec!),
        init!.pid,
        state,
      )
    }
  } catch (error) {
    sendTo(init!.pid, signals.SIGKILL)
    throw error
  }
}

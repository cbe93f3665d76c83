/** What is done to a container that is created: start, kill, delete; and what is said of it: state. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { processesIn } from '#core/exec/cgroup'
import { openGate } from '#core/exec/create'
import { runHook } from '#core/exec/hook'
import { runHookInside } from '#core/exec/hook-inside'
import { host } from '#core/exec/host'
import { cleanUp } from '#core/exec/replay'
import { decodeReport } from '#core/exec/report'
import type { ContainerRecord } from '#core/exec/state'
import { parsePasswd } from '#core/spec/account'
import type { Spec } from '#core/spec/runtime'
import { errnoName, signals } from '#core/sys/constants'
import { isAlive } from '#core/sys/identity'
import { probeFacts } from '#core/sys/probe'
import { directoriesOf, live } from '../../ch3-cgroups/index.js'
import { namespacesOf } from '../hooks/inside.js'
import type { Containers } from './containers.js'
import { fifoName } from './exec-fifo.js'
import { stateOf } from './state.js'

export async function start(containers: Containers, id: string): Promise<void> {
  const { record } = containers.expect(id, 'start')
  await startHooks(record)
  const fifo = `${containers.directoryOf(id)}/${fifoName}`
  const failed = openGate(fifo)
  fs.rmSync(fifo, { force: true }) // from here on it is not `created` any more
  if (failed !== null) {
    const { value } = decodeReport(failed)
    fail('FailedPrecondition', { what: `exec '${record.spec?.process.args[0]}'`, why: errnoName(value) })
  }
  containers.states.update({ ...record, status: 'running' })
  const state = stateJson(containers, record)
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

/** What goes wrong and is no error. Source: runtime.md "Warnings". */
function warnOf({ warn }: Containers, action: () => void): void {
  try {
    action()
  } catch (error) {
    warn((error as Error).message)
  }
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

/** What `state` prints: the spec's, and what runc says beside it. */
export function stateJson(containers: Containers, record: ContainerRecord) {
  const pid = record.init !== null && isAlive(record.init) ? record.init.pid : 0
  return {
    ...stateOf(record, record.spec, containers.stateOf(record)),
    pid,
    rootfs: record.spec?.root.path ?? '',
    created: new Date(record.created).toISOString(),
    owner: ownerOf(containers.directoryOf(record.id)),
  }
}

/** Who made it, by name where there is one. */
function ownerOf(directory: string): string {
  const uid = fs.statSync(directory, { throwIfNoEntry: false })?.uid ?? 0
  const passwd = uid === 0 ? '' : fs.readFileSync('/etc/passwd', 'utf8')
  return uid === 0 ? 'root' : (parsePasswd(passwd).find(entry => entry.uid === uid)?.name ?? `#${uid}`)
}

export function signalNumber(text: string): number {
  const name = text.toUpperCase().replace(/^(?:SIG)?/, 'SIG')
  const number = /^\d+$/.test(text) ? Number(text) : (signals as Readonly<Record<string, number>>)[name]
  if (number !== undefined && number >= 0 && number <= 64) return number
  return fail('InvalidArgument', { what: `signal '${text}'`, why: 'is none', hint: 'TERM, SIGTERM or 15' })
}

/** @param all every process of it: without a pid namespace of its own, init's end ends no other */
export async function kill(containers: Containers, id: string, signal: string, all: boolean): Promise<void> {
  const number = signalNumber(signal)
  const { record } = all ? { record: containers.get(id) } : containers.expect(id, 'kill')
  if (all) {
    for (const pid of await processesOf(record)) sendTo(pid, number)
    return
  }
  try {
    process.kill(record.init!.pid, number)
  } catch (cause) {
    fail('FailedPrecondition', { what: `kill ${signal} of '${id}'`, why: errnoOf(cause) ?? 'EIO', cause })
  }
}

function sendTo(pid: number, number: number): void {
  try {
    process.kill(pid, number)
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}

/** @param force what runs is killed first, and what is not there is no error */
export async function remove(containers: Containers, id: string, force: boolean): Promise<void> {
  const record = force ? containers.states.read(id) : containers.expect(id, 'delete').record
  if (record === null) return
  const { perform } = host(containers.root, probeFacts())
  const state = { ...stateJson(containers, record), pid: 0, status: 'stopped' }
  containers.states.whileStill(record, now => cleanUp(containers.states, now, perform))
  poststop(containers, record.spec, state)
}

/** The container is gone. */
export function poststop(containers: Containers, spec: Spec | null, state: object): void {
  for (const [index, hook] of (spec?.hooks?.poststop ?? []).entries()) {
    warnOf(containers, () => runHook({ kind: 'poststop', index, hook }, state))
  }
}

/** All processes of a container's cgroups, in each hierarchy: a shared one lists the same. */
export async function processesOf(record: ContainerRecord): Promise<number[]> {
  if (record.spec === null) return []
  const directories = directoriesOf(record.spec, probeFacts())
  return [...new Set(directories.flatMap(({ path }) => processesIn(path)))].sort((a, b) => a - b)
}

/** `pause`, `resume`. */
export async function setPaused(containers: Containers, id: string, paused: boolean): Promise<void> {
  const { record } = containers.expect(id, paused ? 'pause' : 'resume')
  const { setFrozen } = await live()
  await setFrozen(id, directoriesOf(record.spec!, probeFacts()), paused)
}

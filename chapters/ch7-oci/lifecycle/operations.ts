/** What is done to a container that is there: kill, delete, pause, resume; and what is said of it: state. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { processesIn } from '#core/exec/cgroup'
import { runHook } from '#core/exec/hook'
import { host } from '#core/exec/host'
import { cleanUp } from '#core/exec/replay'
import type { ContainerRecord } from '#core/exec/state'
import { parsePasswd } from '#core/spec/account'
import type { Spec } from '#core/spec/runtime'
import { signals } from '#core/sys/constants'
import { isAlive } from '#core/sys/identity'
import { probeFacts } from '#core/sys/probe'
import { directoriesOf, live } from '../../ch3-cgroups/index.js'
import type { Containers } from './containers.js'
import { oneAtATime } from './one-at-a-time.js'
import { stateOf } from './state.js'

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

export function sendTo(pid: number, number: number): void {
  try {
    process.kill(pid, number)
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}

/** @param force what runs is killed first, and what is not there is no error */
export const remove = (containers: Containers, id: string, force: boolean): Promise<void> =>
  oneAtATime(containers.directoryOf(id), 'delete', () => removeNow(containers, id, force), { force })

function removeNow(containers: Containers, id: string, force: boolean): void {
  const record = force ? containers.states.read(id) : containers.expect(id, 'delete').record
  if (record === null) return
  const { perform } = host(containers.root, probeFacts())
  const state = { ...stateJson(containers, record), pid: 0, status: 'stopped' }
  containers.states.whileStill(record, now => cleanUp(containers.states, now, perform))
  poststop(containers, record.spec, state)
}

/** What goes wrong and is no error. Source: runtime.md "Warnings". */
export function warnOf({ warn }: Containers, action: () => void): void {
  try {
    action()
  } catch (error) {
    warn((error as Error).message)
  }
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
export function setPaused(containers: Containers, id: string, paused: boolean): Promise<void> {
  const operation = paused ? 'pause' : 'resume'
  return oneAtATime(containers.directoryOf(id), operation, async () => {
    const { record } = containers.expect(id, operation)
    const { setFrozen } = await live()
    await setFrozen(id, directoriesOf(record.spec!, probeFacts()), paused)
  })
}

/** `kill`: a signal for init, or for all that is in the container's cgroup. */

import { errnoOf, fail } from '#core/errors'
import { signals } from '#core/sys/constants'
import type { Containers } from './containers.js'
import { processesOf } from './processes.js'

export function signalNumber(text: string): number {
  const name = text.toUpperCase().replace(/^(?:SIG)?/, 'SIG')
  const number = /^\d+$/.test(text) ? Number(text) : (signals as Readonly<Record<string, number>>)[name]
  if (number !== undefined && number >= 0 && number <= 64) return number
  return fail('InvalidArgument', { what: `signal '${text}'`, why: 'is none', hint: 'TERM, SIGTERM or 15' })
}

/** @param all every process of it: without a pid namespace of its own, init's end ends no other */
export function kill(containers: Containers, id: string, signal: string, all: boolean): void {
  const number = signalNumber(signal)
  const { record } = all ? { record: containers.get(id) } : containers.expect(id, 'kill')
  if (all) {
    for (const pid of processesOf(record)) sendTo(pid, number)
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

/**
 * Who a process is: a pid alone is used again, together with its start time and the boot it belongs to it is not.
 * Source: proc_pid_stat(5), field 22; random(4), boot_id.
 */

import * as fs from 'node:fs'

export interface Identity {
  readonly pid: number
  /** Clock ticks after boot. */
  readonly startTime: string
  readonly boot: string
}

let boot: string | undefined
const bootId = (): string => (boot ??= fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())

/** @returns null when there is no such process, or it is a zombie */
export function identify(pid: number): Identity | null {
  const file = `/proc/${pid}/stat`
  if (!fs.existsSync(file)) return null // most often so, and cheaper than an exception
  let stat: string
  try {
    stat = fs.readFileSync(file, 'utf8')
  } catch {
    return null // no such process
  }
  // the name, in parentheses, may hold anything: fields are counted from its last ")"
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  return state === 'Z' || state === 'X' ? null : { pid, startTime: fields[19]!, boot: bootId() }
}

export function isAlive(identity: Identity): boolean {
  const now = identify(identity.pid)
  return now !== null && now.startTime === identity.startTime && now.boot === identity.boot
}

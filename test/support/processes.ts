/** Processes as the host sees them: what /proc says of a pid, who is whose child, and what was left running. */

import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import * as fs from 'node:fs'
import { call } from '#core/sys/libc'
import { childrenOf, descendantsOf } from './descendants.js'
import { readOr, until, type World } from './world.js'

const PR_SET_CHILD_SUBREAPER = 36
const WNOHANG = 1

/** What loses its parent comes to this process and to no other: so it can say what was left running, and by whom. */
export function adoptOrphans(): void {
  const prctl = 'int prctl(int option, unsigned long on, unsigned long b, unsigned long c, unsigned long d)'
  call(prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

/** The one below `pid` that runs a program of that name. */
export async function descendant(pid: number, name: string): Promise<number> {
  let found: number | undefined
  await until(`${name} runs below ${pid}`, () => {
    found = descendantsOf(pid).find(one => readOr('', `/proc/${one}/comm`).trim() === name)
    return found !== undefined
  })
  return found!
}

/** A field of /proc/<pid>/status, its words. */
export function statusOf(pid: number, field: string): string[] {
  const line = readOr('', `/proc/${pid}/status`)
    .split('\n')
    .find(text => text.startsWith(`${field}:`))
  return (line ?? '')
    .slice(field.length + 1)
    .trim()
    .split(/\s+/)
    .filter(word => word !== '')
}

/** The inode of a namespace of that process: namespaces(7). */
export const namespaceOf = (pid: number | 'self', name: string): number =>
  Number(/\[(\d+)\]/.exec(fs.readlinkSync(`/proc/${pid}/ns/${name}`))![1])

/** Those that Node waits for by itself. It would never hear of the end of one that we have buried, and wait for ever. */
const ofNode = new Set<ChildProcess>()
subscribe('child_process', message => {
  const { process: child } = message as { readonly process: ChildProcess }
  ofNode.add(child)
  child.once('exit', () => ofNode.delete(child))
})

/** Our children but those that are known: what a run left behind. One that has ended is buried here, if nobody else does. */
export const strays = (known: ReadonlySet<number>): number[] =>
  childrenOf('self').filter(pid => !known.has(pid) && !hasEnded(pid))

const hasEnded = (pid: number): boolean => {
  if ([...ofNode].some(child => child.pid === pid))
    return /^State:\tZ/m.test(readOr('State:\tZ', `/proc/${pid}/status`))
  try {
    return call('int waitpid(int pid, void *status, int options)', pid, null, WNOHANG) === pid
  } catch {
    return true // ECHILD: somebody was faster
  }
}

/** The pid of a container's init, as the host sees it, from its record. */
export async function initOf({ run }: World, name: string): Promise<number> {
  let pid = 0
  await until(`container ${name} runs`, () => {
    const text = readOr('{}', `${run}/containers/${name}/state.json`)
    pid = (JSON.parse(text) as { init?: { pid: number } | null }).init?.pid ?? 0
    return pid > 0
  })
  return pid
}

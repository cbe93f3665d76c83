/**
 * "Killed" says who, not why. The cgroup counts how often the kernel killed in there for want of memory: so a program that
 * ended by SIGKILL, or whose child did, can be told of its limit.
 */

import * as fs from 'node:fs'
import { codeOf, type Outcome } from '#core/exec/outcome'
import { type Directory, withController } from '../cgroup/directories.js'
import { humanBytes } from './human.js'
import { limitIn } from './kernel-text.js'
import { readOrNull } from './sample.js'

/** How often: v1 memory.oom_control, v2 memory.events, both with a line `oom_kill N`. 0 when nobody counts. */
export function oomKills(directories: readonly Directory[]): number {
  const directory = withController(directories, 'memory')
  if (directory === undefined) return 0
  const file = `${directory.path}/${directory.version === 1 ? 'memory.oom_control' : 'memory.events'}`
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0)
}

/** One line on stderr. A program that came to a good end all the same has its reasons. */
export function sayIfOutOfMemory(directories: readonly Directory[], outcome: Outcome): void {
  if (outcome.kind !== 'exited' || codeOf(outcome.status) === 0 || oomKills(directories) === 0) return
  const limit = memoryLimit(directories) // as it is, not as it was wished for: it may have been changed meanwhile
  const reached = limit === null ? 'out of memory' : `memory limit ${humanBytes(limit)} reached`
  fs.writeSync(2, `mini-docker: killed: ${reached}\n`)
}

/** null: none. */
export function memoryLimit(directories: readonly Directory[]): number | null {
  const directory = withController(directories, 'memory')
  if (directory === undefined) return null
  return limitIn(readOrNull(`${directory.path}/${directory.version === 1 ? 'memory.limit_in_bytes' : 'memory.max'}`))
}

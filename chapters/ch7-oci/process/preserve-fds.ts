/**
 * --preserve-fds: open files of who called us that the program gets, as 3 and up; sockets of an activator (LISTEN_FDS) before
 * them. What else is open is close-on-exec by then. Source: runc(8), sd_listen_fds(3).
 */

import type { Parts } from '#core/chapter'
import type { Pass } from '#core/plan/assemble'
import type { Process } from '#core/spec/runtime'

const by = 'ch7.preserveFds'

/** Before a filter of system calls, which need not allow it. @param count of fds */
export const preserveFds =
  (count: number): Pass =>
  () =>
    count === 0
      ? []
      : [{ op: 'preserve_fds', count, phase: 'become', by, why: 'files that whoever called us has opened for it' }]

/** The fds behind those are not the program's. @param parts one of them closes all from 3 on: as a rule exec, else the one that sets a filter */
export const closingBehind = (count: number, parts: Parts): Parts =>
  Object.fromEntries(
    Object.entries(parts).map(([key, pass]): [string, Pass] => [
      key,
      (spec, facts) =>
        pass(spec, facts).map(step => (step.op === 'close_fds' ? { ...step, from: step.from + count } : step)),
    ]),
  )

/** It is process 1 of its container: the words are for it. */
export const activated = (process: Process, sockets: number): Process =>
  sockets === 0 ? process : { ...process, env: [...(process.env ?? []), `LISTEN_FDS=${sockets}`, 'LISTEN_PID=1'] }

/**
 * fork, by a process that cannot: V8 has marked its heap MADV_DONTFORK, so a child could not run one line of JavaScript.
 * child_process.spawn forks and execs in one go, on the main thread, which is the one that was unshared: the new Node is
 * number 1 of the new pid namespace. It is given the program again, and where to go on.
 *
 * posix_spawn would not do: it shares memory until exec, and a process that shares memory stays in the old time
 * namespace (time_namespaces(7); copy_namespaces in kernel/nsproxy.c).
 */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { errnos, memfdFlags } from '#core/sys/constants'
import { call, Errno } from '#core/sys/libc'
import { placeOf, report, stage } from './koffi-state.js'

/** memfd_create(2): a program may be larger than a pipe. */
function programFd(): number {
  const fd = call(
    'int memfd_create(const char *name, unsigned int flags)',
    'mini-docker:program',
    memfdFlags.MFD_CLOEXEC,
  )
  fs.writeFileSync(fd, stage.program)
  return fd
}

/**
 * Does not return. The monitor learns init's pid by the status pipe, the host by a report; init waits at the gate, which
 * the monitor opens when it has seen this process end.
 */
export function fork(): void {
  const open = stage.fds.filter(fd => fd >= 0)
  let place: number = placeOf.firstRole
  const places = stage.fds.map(fd => (fd < 0 ? -1 : place++))
  const args = [process.argv[1]!, 'init', String(stage.position + 1), places.join()]
  const { pid } = spawn(process.execPath, args, {
    argv0: 'mini-docker:init',
    env: {},
    stdio: [0, 1, 2, placeOf.channel, placeOf.status, placeOf.gate, programFd(), ...open],
  })
  if (pid === undefined) throw new Errno('fork', errnos.EAGAIN)
  const told = Buffer.alloc(4)
  told.writeInt32LE(pid)
  fs.writeSync(placeOf.status, told)
  report('init', stage.index, pid, stage.start)
  // the stage's to say, not init's: in a time namespace init has another clock
  if (stage.trace) report('step', stage.index, 0, stage.start)
  process.exit(0)
}

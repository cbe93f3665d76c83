/**
 * The monitor: stays outside of all namespaces, is the parent of init, and sees to it that nothing is left over. It decides
 * nothing; what it sees, it reports. native/monitor.c and children.c in TypeScript.
 *
 * It waits by poll(2) on pidfds, where the C has a signalfd: a Node process has threads of its own, and a signal that one
 * thread blocks goes to another. So orphans without a pid namespace are reaped at the end, not as they come.
 */

import * as fs from 'node:fs'
import { fcntlCommands, openFlags, pollEvents, prctlOptions, signals, termios, WNOHANG } from '#core/sys/constants'
import { call, pidfdOpen } from '#core/sys/libc'
import { spawn } from '#core/sys/spawn'
import { fcntl, now, placeOf, poll, prctl, report } from './koffi-state.js'

const { O_CLOEXEC } = openFlags
const { O_NONBLOCK } = fs.constants
const SIG_IGN = 1
const TERMIOS_LENGTH = 128

function pipe(flags: number): { readonly read: number; readonly write: number } {
  const ends = new Int32Array(2)
  call('int pipe2(void *ends, int flags)', ends, flags)
  return { read: ends[0]!, write: ends[1]! }
}

/** ^C and its like are for the CLI, which forwards them. The stage does not inherit this: a starting Node sets defaults. */
function ignoreSignals(): void {
  const { SIGKILL, SIGSTOP, SIGCHLD, ...others } = signals
  for (const number of Object.values(others)) call('long signal(int number, long handler)', number, SIG_IGN)
}

/** How the terminal was before the container got it, and the way to put that back; null when there is none. */
function keepTerminal(): (() => void) | null {
  const settings = Buffer.alloc(TERMIOS_LENGTH)
  try {
    call('int tcgetattr(int fd, void *settings)', 0, settings)
  } catch {
    return null
  }
  const terminal = fcntl(0, fcntlCommands.F_DUPFD_CLOEXEC, placeOf.firstRole)
  return () => call('int tcsetattr(int fd, int when, const void *settings)', terminal, termios.TCSANOW, settings)
}

/**
 * Lets go of what the container or the CLI use: a reader of the container's output shall see its end when the container
 * closes it, and no directory shall be busy because the monitor stands in it.
 */
function letGo(): void {
  const nothing = fs.openSync('/dev/null', 'r+')
  for (const fd of [0, 1, 2]) call('int dup3(int from, int to, int flags)', nothing, fd, O_CLOEXEC)
  fs.closeSync(nothing)
  process.chdir('/')
}

/** What the stage writes: init's pid. Its end says that nobody is left who has not called execve. */
class StatusPipe {
  #fd: number
  init: number | undefined

  constructor(fd: number) {
    this.#fd = fd
  }

  /** -1 after its end. */
  get fd(): number {
    return this.#fd
  }

  read(): void {
    const pid = Buffer.alloc(4)
    while (this.#fd >= 0) {
      try {
        if (fs.readSync(this.#fd, pid) === pid.length) {
          this.init = pid.readInt32LE()
          continue
        }
      } catch {
        return // EAGAIN
      }
      fs.closeSync(this.#fd)
      this.#fd = -1
      report('running', 0, 0, now())
    }
  }
}

/** waitpid(2) @returns the wait status, undefined when there is nothing to wait for */
function wait(pid: number, options = 0): number | undefined {
  const status = new Int32Array(1)
  try {
    const found = call('int waitpid(int pid, void *status, int options)', pid, status, options)
    return found > 0 ? status[0]! : undefined
  } catch {
    return undefined // ECHILD
  }
}

/** @returns the wait status of the program, or of the stage when it came to no program; null when the CLI is gone */
function waitForEnd(stagePid: number, status: StatusPipe, openGate: (open: boolean) => void): number | null {
  let watched = stagePid
  let pidfd = pidfdOpen(watched)
  for (;;) {
    // asking for nothing on the channel says only that it is closed: what comes in belongs to the stage
    const [channel, , ended] = poll([
      { fd: placeOf.channel, events: 0 },
      { fd: status.fd, events: pollEvents.POLLIN },
      { fd: pidfd, events: pollEvents.POLLIN },
    ])
    status.read()
    if (ended !== 0) {
      const result = wait(watched) ?? 0
      status.read() // what it said before it ended
      if (status.init === undefined || watched === status.init) return result
      // the stage is gone, init is ours: a PDEATHSIG that it asks for from now on is bound to us
      fs.closeSync(pidfd)
      watched = status.init
      pidfd = pidfdOpen(watched)
      openGate(result === 0)
    } else if (channel !== 0) {
      return null
    }
  }
}

/** proc(5), /proc/<pid>/task/<tid>/children; null where the kernel has no such file. */
function children(): number[] | null {
  try {
    const listed = fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    return listed.split(' ').filter(Boolean).map(Number)
  } catch {
    return null
  }
}

/**
 * What is left when init has ended: orphans that came to the subreaper. The children of a killed child come here when it
 * dies, and its death ends the wait: so each wait is preceded by a look.
 */
function killChildren(): void {
  for (;;) {
    const listed = children()
    for (const pid of listed ?? []) kill(pid)
    if (wait(-1, listed === null ? WNOHANG : 0) === undefined) return
  }
}

function kill(pid: number): void {
  try {
    call('int kill(int pid, int signal)', pid, signals.SIGKILL)
  } catch {
    // ESRCH: it ended meanwhile; it is a child all the same, and waited for
  }
}

export function koffiMonitor(): never {
  prctl(prctlOptions.PR_SET_CHILD_SUBREAPER, 1) // before the first child: its orphans shall come here
  ignoreSignals()
  const restoreTerminal = keepTerminal()
  const status = pipe(O_CLOEXEC | O_NONBLOCK)
  const gate = pipe(O_CLOEXEC)
  const argv = ['mini-docker:stage', process.argv[1]!, 'stage']
  const stagePid = spawn(process.execPath, argv, [], [0, 1, 2, placeOf.channel, status.write, gate.read])
  fs.closeSync(status.write)
  fs.closeSync(gate.read)
  letGo()
  const statusPipe = new StatusPipe(status.read)
  const result = waitForEnd(stagePid, statusPipe, open => {
    if (open) fs.writeSync(gate.write, Buffer.alloc(1))
    fs.closeSync(gate.write)
  })
  killChildren()
  statusPipe.read()
  // without a CLI there is nobody else who could put the terminal back
  if (result === null) restoreTerminal?.()
  else report('exit', 0, result, now())
  return process.exit(0)
}

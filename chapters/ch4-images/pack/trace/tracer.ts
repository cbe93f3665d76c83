/**
 * Runs a program and notes every file that it names in a system call, as strace(1) does: by ptrace(2). It needs neither root
 * nor a program that may not be installed, and sees the paths as they are asked for, with the links in them.
 *
 * Seen: every file that is opened, executed, looked at or linked to by the program, its threads and whatever it starts, when
 * it was there. Missed: what this run did not need (another request, another locale), names within a directory that is
 * listed (they are taken only if they are used), files opened by io_uring or by a 32-bit program, and by processes that
 * were running already and do its work. Set-user-id programs do not get their rights under a tracer without root.
 *
 * Sources: ptrace(2) "Stopped states", "Attaching and detaching" (PTRACE_SEIZE).
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { codeOf } from '#core/exec/outcome'
import { type Architecture, auditArchitectures, errnos, ptraceEvents, signals } from '#core/sys/constants'
import type { Errno } from '#core/sys/libc'
import { socketpair } from '#core/sys/socket'
import { spawn } from '#core/sys/spawn'
import type { Accesses } from './accesses.js'
import { callsOf } from './calls.js'
import { awaitChange, type Change, formerThread, goOn, nextChange, seize, stayStopped, syscallStop } from './ptrace.js'
import { Watch } from './watch.js'

export interface TraceOptions {
  readonly command: readonly string[]
  readonly directory: string
  /** All of its environment: lines of KEY=VALUE. */
  readonly env: readonly string[]
  /** When it is told to end, SIGTERM; who does not within `graceMs` is killed. */
  readonly milliseconds: number
  readonly graceMs?: number
  /** Where its output goes: an fd; null: nowhere. Its input is empty. */
  readonly output: number | null
}

export interface Traced {
  readonly accesses: Accesses
  /** Exit code as a shell has it, of the program itself; null when it was told to end. */
  readonly code: number | null
  /** Processes and threads that were followed. */
  readonly followed: number
  /** What could not be seen, in words. */
  readonly unseen: readonly string[]
}

/**
 * A shell waits for a line, and then becomes the program: before that it is no business of the trace. When there is none, who
 * would have traced it is gone, and nobody would end it.
 */
const waitsThenRuns = 'read -r go <&3 || exit; exec 3<&-; cd "$1" && shift && exec "$@"'
const SPINS = 40
/** The event that a status carries, ptrace(2): `status >> 16`. */
const { PTRACE_EVENT_EXEC, PTRACE_EVENT_STOP } = ptraceEvents
const syscallTrap = signals.SIGTRAP | 0x80 // PTRACE_O_TRACESYSGOOD
const stopping: ReadonlySet<number> = new Set([signals.SIGSTOP, signals.SIGTSTP, signals.SIGTTIN, signals.SIGTTOU])

/** @throws MiniDockerError Unavailable where this machine does not let us trace */
export async function trace(options: TraceOptions): Promise<Traced> {
  const architecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'x64'
  const first = startSeized(options)
  const watch = new Watch(callsOf(architecture), auditArchitectures[architecture], first)
  const alive = new Set([first])
  let followed = 1
  let code: number | null = null
  let told = false
  const tell = (signal: number): void => {
    told = true
    for (const pid of alive) send(pid, signal)
  }
  const timers = [setTimeout(() => tell(signals.SIGTERM), options.milliseconds)]
  timers.push(setTimeout(() => tell(signals.SIGKILL), options.milliseconds + (options.graceMs ?? 2000)))
  try {
    for (;;) {
      const change = await next()
      if (change === null) break
      const { pid, status: now } = change
      if ((now & 0xff) !== 0x7f) {
        alive.delete(pid)
        watch.ended(pid)
        if (pid === first && !told) code = codeOf(now) // whatever it left behind may go on until it is told
        continue
      }
      if (!alive.has(pid)) {
        alive.add(pid)
        followed++
      }
      handleStop(watch, pid, now)
    }
  } finally {
    for (const timer of timers) clearTimeout(timer)
    for (const pid of alive) send(pid, signals.SIGKILL)
  }
  return { accesses: watch.accesses, code, followed, unseen: watch.unseen }
}

/** Under load the next stop is there at once; only when all is quiet, the event loop gets its turn. */
async function next(): Promise<Change | null> {
  for (;;) {
    for (let spin = 0; spin < SPINS; spin++) {
      const change = nextChange()
      if (change === 'none') return null
      if (change !== 'later') return change
    }
    const change = await awaitChange()
    if (change !== null) return change
  }
}

function handleStop(watch: Watch, pid: number, status: number): void {
  const signal = (status >> 8) & 0xff
  const event = status >> 16
  if (signal === syscallTrap) {
    const stop = syscallStop(pid)
    if (stop?.at === 'entry') watch.entered(pid, stop)
    else if (stop?.at === 'exit') watch.left(pid, stop.result)
    goOn(pid, 0)
  } else if (event === PTRACE_EVENT_EXEC) {
    watch.executed(pid, formerThread(pid))
    goOn(pid, 0)
  } else if (event === PTRACE_EVENT_STOP && stopping.has(signal)) stayStopped(pid)
  else goOn(pid, event === 0 ? signal : 0) // a signal of its own goes on to it
}

function startSeized({ command, directory, env, output }: TraceOptions): number {
  const [gate, far] = socketpair()
  const nothing = fs.openSync('/dev/null', 'r+')
  const to = output ?? nothing
  try {
    const pid = spawn('/bin/sh', ['sh', '-c', waitsThenRuns, 'sh', directory, ...command], env, [nothing, to, to, far])
    try {
      seize(pid)
    } catch (cause) {
      send(pid, signals.SIGKILL)
      return notAllowed(cause as Errno)
    }
    fs.writeSync(gate, '\n')
    return pid
  } finally {
    for (const fd of [gate, far, nothing]) fs.closeSync(fd)
  }
}

function notAllowed(cause: Errno): never {
  return fail('Unavailable', {
    what: 'trace of the program',
    why: `ptrace: ${errnoOf(cause)}`,
    hint:
      cause.errno === errnos.EPERM
        ? '--no-trace, or allow it: sysctl kernel.yama.ptrace_scope=1, docker run --cap-add SYS_PTRACE'
        : '--no-trace',
    cause,
  })
}

function send(pid: number, signal: number): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it has just ended
  }
}

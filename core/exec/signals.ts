/**
 * Passing signals on to the program, as `docker run` does (--sig-proxy).
 *
 * What comes before the program runs waits for it: number 1 of a pid namespace that is still being built would not even
 * notice. One that has no handler never does (pid_namespaces(7)), so three interrupts in a row end it for good.
 */

import * as fs from 'node:fs'
import { stopTree } from './suspend.js'

const forwarded = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGCONT',
] as const satisfies readonly NodeJS.Signals[]

/** What the terminal itself sends to everyone in its foreground group. */
const fromTerminal: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP'])
const IMPATIENCE = 3
/** How long a program may go on after its terminal has gone. */
const GRACE_MS = 3000
const IN_A_ROW_MS = 2000

export interface Forwarding {
  /** There is a process to end, should the user lose patience. */
  started(pid: number): void
  /** The program runs as this process: what has waited is delivered, what comes goes on at once. */
  running(pid: number): void
  /** Ends the program for good. */
  end(): void
  /** Whether the terminal that we had is gone: then the program's grace has begun, and nobody reads what it writes in it. */
  noticeHangUp(): boolean
  stop(): void
}

/**
 * @param inOurSession the program stays in our session (ch1): the terminal's signals reach it without us
 * @param killed what is to be done when it was ended for good
 */
export function forwardSignals(inOurSession: boolean, killed: () => void = () => undefined): Forwarding {
  const waiting: NodeJS.Signals[] = []
  let interrupts: number[] = []
  const hadTerminal = terminalOf() !== '0'
  let begun: number | undefined
  let hungUp: NodeJS.Timeout | undefined
  let program: number | undefined
  let stopped: ReadonlySet<number> = new Set()

  const isImpatient = (): boolean => {
    const now = performance.now()
    interrupts = [...interrupts.filter(time => now - time < IN_A_ROW_MS), now]
    return interrupts.length >= IMPATIENCE
  }
  const end = (): void => {
    send(program ?? begun, 'SIGKILL')
    killed()
  }
  /** Its window was closed. Number 1 may not even notice the signal, and nobody is left who could end it later. */
  const noticeHangUp = (): boolean => {
    if (!hadTerminal || terminalOf() !== '0') return false
    hungUp ??= setTimeout(end, GRACE_MS)
    return true
  }
  const handler = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGHUP') noticeHangUp()
    if (signal === 'SIGCONT' && stopped.size > 0) proceed()
    else if ((signal === 'SIGINT' || signal === 'SIGTERM') && isImpatient()) end()
    else if (inOurSession && fromTerminal.has(signal) && holdsTerminal()) return
    else if (program === undefined) waiting.push(signal)
    else send(program, signal)
  }
  /** ^Z stops us; what is in a session of its own would go on, and take the shell's input. */
  const suspend = (): void => {
    if (!inOurSession && program !== undefined) stopped = stopTree(program, pid => send(pid, 'SIGSTOP'))
    process.kill(process.pid, 'SIGSTOP')
  }
  const proceed = (): void => {
    for (const pid of stopped) send(pid, 'SIGCONT')
    stopped = new Set()
  }
  for (const signal of forwarded) process.on(signal, handler)
  process.on('SIGTSTP', suspend)
  return {
    started: pid => {
      begun = pid
    },
    running: pid => {
      program = pid
      for (const signal of waiting.splice(0)) send(pid, signal)
    },
    end,
    noticeHangUp,
    stop: () => {
      clearTimeout(hungUp)
      process.off('SIGTSTP', suspend)
      for (const signal of forwarded) process.off(signal, handler)
    },
  }
}

/**
 * Whether we are in the foreground group of a terminal, whose every member gets its signals. One that was sent to us alone
 * meanwhile cannot be told from them, and is not passed on. Source: proc_pid_stat(5), fields 5 (pgrp) and 8 (tpgid).
 */
function holdsTerminal(): boolean {
  const fields = ownStat()
  return fields[2] === fields[5]
}

/** The device number of our controlling terminal, '0' for none: field 7, tty_nr. */
const terminalOf = (): string => ownStat()[4]!

/** The fields from the third on: the second, a name in parentheses, may hold anything. */
function ownStat(): string[] {
  const stat = fs.readFileSync('/proc/self/stat', 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function send(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined || pid <= 0) return // 0 would mean our own process group
  try {
    process.kill(pid, signal)
  } catch {
    // it ended meanwhile: its exit is on the way
  }
}

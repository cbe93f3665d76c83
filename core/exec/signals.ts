/**
 * Passing signals on to the container, as `docker run` does (--sig-proxy).
 *
 * Number 1 of a pid namespace ignores what it has no handler for, so a third ^C ends it for good: Docker's way too.
 */

import * as tty from 'node:tty'

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
const impatience = 3

export interface Target {
  /** The pid to signal; undefined while there is none. */
  pid(): number | undefined
  /** The program is in our own session (ch1): the terminal's signals reach it without us. */
  readonly inOurSession: boolean
}

/** Forwards until the returned function is called. */
export function forwardSignals(target: Target): () => void {
  let interrupts = 0
  const handler = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGINT' || signal === 'SIGTERM') interrupts++
    const reachesItAnyway = target.inOurSession && fromTerminal.has(signal) && tty.isatty(0)
    if (reachesItAnyway) return
    send(target.pid(), interrupts >= impatience ? 'SIGKILL' : signal)
  }
  for (const signal of forwarded) process.on(signal, handler)
  return () => {
    for (const signal of forwarded) process.off(signal, handler)
  }
}

function send(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined || pid <= 0) return // 0 would mean our own process group
  try {
    process.kill(pid, signal)
  } catch {
    // it ended meanwhile: its exit is on the way
  }
}

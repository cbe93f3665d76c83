/**
 * A helper: a program that runs beside a container, for as long as the container does and no longer.
 *
 * It holds the network namespace open, so it does not notice that the container has ended; and when we are killed, nobody
 * is left to tell it. So it is kept on a leash: a shell that waits for the end of a pipe whose other end only we hold.
 * Ours may end in any way, the kernel closes the pipe.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { writeAtomically } from './files.js'

const patienceMs = 10_000
const leash = 'read -r _; kill -TERM "$1"'

/**
 * Starts it and waits until the network namespace of `connects` has a default route.
 * @throws a system error with what the program said, when it ends before that
 */
export function startHelper(argv: readonly string[], connects: number, pidFile: string): void {
  const { spawn } = process.getBuiltinModule('node:child_process') // 3 ms that most runs do not need
  const [program, ...args] = argv as [string, ...string[]]
  const log = fs.openSync(`${pidFile}.log`, 'w+', 0o600)
  try {
    // a session of its own: ^C is for the container, not for its network
    const helper = spawn(program, args, { detached: true, stdio: ['ignore', log, log] })
    helper.on('error', () => undefined) // it has no pid then, and is told below
    const identity = helper.pid === undefined ? null : identify(helper.pid)
    if (identity !== null) {
      writeAtomically(pidFile, JSON.stringify(identity))
      helper.unref()
      const keeper = spawn('/bin/sh', ['-c', leash, 'leash', String(identity.pid)], {
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      keeper.unref()
      // before its pid can be somebody else's
      helper.on('exit', () => keeper.kill('SIGKILL'))
    }
    awaitRoute(identity, connects, () => said(program, log))
  } finally {
    fs.closeSync(log)
    fs.rmSync(`${pidFile}.log`, { force: true })
  }
}

/** Synchronous, as all host steps are: the container waits for it anyway. */
function awaitRoute(helper: Identity | null, pid: number, explain: () => string): void {
  const deadline = Date.now() + patienceMs
  while (!hasDefaultRoute(pid)) {
    if (helper === null || !isAlive(helper)) throw Object.assign(new Error(explain()), { code: 'EIO' })
    if (Date.now() > deadline)
      throw Object.assign(new Error(`${explain()}: no route after ${patienceMs} ms`), { code: 'ETIMEDOUT' })
    pause(2)
  }
}

const pause = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** proc_pid_net(5): the second column is the destination; 0 is everywhere. */
const hasDefaultRoute = (pid: number): boolean =>
  /^\S+\t00000000\t/m.test(fs.readFileSync(`/proc/${pid}/net/route`, 'latin1'))

/** What it wrote before it ended: the last line is the one that matters. */
function said(program: string, log: number): string {
  const text = Buffer.alloc(4096)
  const length = fs.readSync(log, text, 0, text.length, 0)
  const lines = text.toString('utf8', 0, length).trim().split('\n')
  return `${program.slice(program.lastIndexOf('/') + 1)}: ${lines.at(-1) || 'ended at once'}`
}

/** Idempotent. Only if it is still that very process. */
export function endHelper(pidFile: string): void {
  try {
    const identity = JSON.parse(fs.readFileSync(pidFile, 'utf8')) as Identity
    if (isAlive(identity)) process.kill(identity.pid, 'SIGTERM')
  } catch (error) {
    // ENOENT: it was never started; ESRCH: it ended meanwhile
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ESRCH') throw error
  }
  fs.rmSync(pidFile, { force: true })
}

/**
 * A helper: a program that runs beside a container, for as long as the container does and no longer.
 *
 * It holds the network namespace open, so it does not notice that the container has ended; and when we are killed, nobody
 * is left to tell it. So it is kept on a leash: a shell that waits for the end of a pipe whose other end only we hold.
 * Ours may end in any way, the kernel closes the pipe.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import type { Sign } from '#core/plan/step'
import { type Identity, identify, isAlive } from '#core/sys/identity'
import { writeAtomically } from './files.js'

const patienceMs = 10_000
/**
 * The leash is there before the helper: a shell makes it and then becomes the helper, under the pid that we know. That
 * number cannot be somebody else's as long as the leash, which is in its process group, waits.
 */
const leashed = 'exec 3<&0; { read -r _ <&3; kill -TERM $$; } >/dev/null 2>&1 & exec "$@" 3<&- </dev/null'

/** A sign of a process that is known by now. */
export type SignOf = Omit<Sign, 'of'> & { readonly of: number }

/**
 * Starts it and waits until `ready` shows.
 * @throws a system error with what the program said, when it ends before that
 */
export function startHelper(argv: readonly string[], ready: SignOf, pidFile: string): void {
  const { spawn } = process.getBuiltinModule('node:child_process') // 3 ms that most runs do not need
  const [program] = argv as [string, ...string[]]
  const log = fs.openSync(`${pidFile}.log`, 'w+', 0o600)
  try {
    // a session of its own: ^C is for the container, not for its network
    const helper = spawn('/bin/sh', ['-c', leashed, 'leash', ...argv], { detached: true, stdio: ['pipe', log, log] })
    helper.on('error', () => undefined) // it has no pid then, and is told below
    const identity = helper.pid === undefined ? null : identify(helper.pid)
    if (identity !== null) writeAtomically(pidFile, JSON.stringify(identity))
    helper.unref()
    awaitSign(identity, ready, () => said(program, log))
  } finally {
    fs.closeSync(log)
    fs.rmSync(`${pidFile}.log`, { force: true })
  }
}

/** Synchronous, as all host steps are: the container waits for it anyway. */
function awaitSign(helper: Identity | null, sign: SignOf, explain: () => string): void {
  const deadline = Date.now() + patienceMs
  while (!shows(sign)) {
    if (helper === null || !isAlive(helper)) throw Object.assign(new Error(explain()), { code: 'EIO' })
    if (Date.now() > deadline)
      throw Object.assign(new Error(`${explain()}: not ready after ${patienceMs} ms`), { code: 'ETIMEDOUT' })
    pause(2)
  }
}

const pause = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

export const shows = ({ of, file, line }: SignOf): boolean =>
  new RegExp(line, 'm').test(fs.readFileSync(`/proc/${of}/${file}`, 'latin1'))

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

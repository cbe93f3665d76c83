/** The worker's own side: one job on fd 0, chroot, the work, one answer. */

import * as fs from 'node:fs'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { type Identity, isAlive } from '#core/sys/identity'
import { call } from '#core/sys/libc'
import { send } from '#core/sys/socket'
import type { Order, Said } from './call.js'
import { perform } from './jobs.js'

/** @param question of a snapshotter, which waits for the exit code; without one the job comes by the socket */
export async function work(question: readonly string[]): Promise<number> {
  if (question.length > 0) return (await import('../snapshot/answer.js')).answer(question)
  const say = (said: Said): void => send(0, Buffer.from(`${JSON.stringify(said)}\n`))
  try {
    const { job, root, inside, arguments: given } = JSON.parse(readLine()) as Order
    const result = await perform(job, given, {
      root,
      enter: () => enter(inside === null ? root! : rootOf(inside)),
      progress: bytes => say({ progress: bytes }),
    })
    say({ result })
    return 0
  } catch (error) {
    say({ error: told(error) })
    return 1
  }
}

function enter(root: string): void {
  call('int chroot(const char *path)', root)
  process.chdir('/') // chroot(2) leaves the working directory where it was: outside
}

/** Its pid may be another's by now: what was opened is looked at again, and only then used. */
function rootOf(inside: Identity): string {
  const root = fs.openSync(`/proc/${inside.pid}/root`, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  if (isAlive(inside)) return `/proc/self/fd/${root}`
  return fail('FailedPrecondition', { what: 'container', why: 'has just ended', hint: 'try again' })
}

function told(error: unknown): Extract<Said, { error: unknown }>['error'] {
  if (error instanceof MiniDockerError) {
    const at = error.message.lastIndexOf(': ')
    return {
      class: error.class,
      what: error.message.slice(0, at),
      why: error.message.slice(at + 2),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    }
  }
  const errno = errnoOf(error)
  const text = error instanceof Error ? error.message : String(error)
  const full = errno === 'ENOSPC' || errno === 'EDQUOT'
  return {
    class: 'FailedPrecondition',
    what: 'worker',
    why: text,
    ...(full ? { hint: 'the disk is full: mini-docker ch4 prune, or MINI_DOCKER_ROOT on another one' } : {}),
  }
}

/** The job is one line, and nothing follows it. */
function readLine(): string {
  const chunks: Buffer[] = []
  for (;;) {
    const buffer = Buffer.alloc(1 << 16)
    const read = fs.readSync(0, buffer, 0, buffer.length, null)
    if (read === 0) process.exit(1) // who called is gone
    chunks.push(buffer.subarray(0, read))
    if (buffer[read - 1] === 0x0a) return Buffer.concat(chunks).toString('utf8')
  }
}

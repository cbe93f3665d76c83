/** The worker's own side: one job on fd 0, chroot, the work, one answer. */

import * as fs from 'node:fs'
import { errnoOf, MiniDockerError } from '#core/errors'
import { call } from '#core/sys/libc'
import { send } from '#core/sys/socket'
import type { Said } from './call.js'
import { type JobName, prepare } from './jobs.js'

interface Order {
  readonly job: JobName
  readonly at: string
  readonly arguments: never
}

export async function work(): Promise<number> {
  const say = (said: Said): void => send(0, Buffer.from(`${JSON.stringify(said)}\n`))
  try {
    const { job, at, arguments: given } = JSON.parse(readLine()) as Order
    const perform = await prepare(job, given, bytes => say({ progress: bytes })) // opens by the host's paths
    call('int chroot(const char *path)', at)
    process.chdir('/') // chroot(2) leaves the working directory where it was: outside
    say({ result: await perform() })
    return 0
  } catch (error) {
    say({ error: told(error) })
    return 1
  }
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
  const buffer = Buffer.alloc(1 << 16)
  let text = ''
  while (!text.endsWith('\n')) {
    const read = fs.readSync(0, buffer, 0, buffer.length, null)
    if (read === 0) process.exit(1) // who called is gone
    text += buffer.toString('utf8', 0, read)
  }
  return text
}

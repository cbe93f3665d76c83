/** Which fds of ours are the caller's, and meant for the program. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'

/** sd_listen_fds(3): sockets from 3 on, if the words are for this process. */
export function listenFds({ LISTEN_FDS, LISTEN_PID }: NodeJS.ProcessEnv = process.env): number {
  return Number(LISTEN_PID) === process.pid && /^\d+$/.test(LISTEN_FDS ?? '') ? Number(LISTEN_FDS) : 0
}

/** @returns 3 … 2 + count @throws MiniDockerError: one of them is not open */
export function callersFds(count: number): number[] {
  const fds = Array.from({ length: count }, (_, index) => 3 + index)
  for (const fd of fds) {
    // a number that nobody has opened is the first that Node takes for its own
    if (!fs.existsSync(`/proc/self/fdinfo/${fd}`) || targetOf(fd) === 'anon_inode:[eventpoll]') {
      fail('InvalidArgument', { what: `--preserve-fds: fd ${fd}`, why: 'is not open' })
    }
  }
  return fds
}

const targetOf = (fd: number): string => fs.readlinkSync(`/proc/self/fd/${fd}`)

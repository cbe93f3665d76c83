/** Which fds of ours are the caller's, and meant for the program. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { Spec } from '#core/spec/runtime'

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

/**
 * What the program gets as 0, 1 and 2, by the names that CRIU has for it: `pipe:[123]`, `file[1d:4]` (mount and inode, in base 16). None
 * where a terminal takes their place. Source: criu(8) --external, --inherit-fd; proc_pid_fdinfo(5).
 */
export const standardStreams = ({ process: { terminal } }: Spec): string[] =>
  terminal === true ? [] : [0, 1, 2].map(streamName)

function streamName(fd: number): string {
  const fdinfo = `/proc/self/fdinfo/${fd}`
  if (!fs.existsSync(fdinfo)) return ''
  const target = targetOf(fd)
  if (!target.startsWith('/')) return target
  const [, mount] = /^mnt_id:\s*(\d+)/m.exec(fs.readFileSync(fdinfo, 'utf8')) ?? []
  return `file[${Number(mount).toString(16)}:${fs.fstatSync(fd, { bigint: true }).ino.toString(16)}]`
}

const targetOf = (fd: number): string => fs.readlinkSync(`/proc/self/fd/${fd}`)

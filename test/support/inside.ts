/** What the probe `inside` (native/inside.c) says of the place in which it runs. */

import { fileURLToPath } from 'node:url'
import { type Options, run } from './cli.js'
import type { World } from './world.js'

/** The static probe: bound into a container with -v, or copied into a rootfs. */
export const insidePath = fileURLToPath(new URL('../../native/inside', import.meta.url))

export interface InsideFacts {
  readonly fds: readonly { readonly fd: number; readonly target: string | null }[]
  readonly pid: number
  readonly ppid: number
  readonly uid: number
  readonly euid: number
  readonly gid: number
  readonly egid: number
  readonly groups: readonly number[]
  readonly cwd: string
  readonly exe: string | null
  readonly root: { readonly dev: string; readonly ino: number }
  readonly umask: number
  readonly hostname: string
  readonly domainname: string
  /** Inodes by the names in /proc/self/ns. */
  readonly ns: Readonly<Record<string, number>>
  readonly mountinfo: readonly string[] | null
  readonly status: Readonly<Record<string, string>> | null
  readonly tty: string | null
  readonly window: { readonly rows: number; readonly columns: number } | null
  readonly session: number
  readonly pgrp: number
  readonly foreground: number
  readonly interfaces: readonly { readonly name: string; readonly up: boolean; readonly ipv4: string | null }[]
  readonly env: readonly string[]
  readonly argv: readonly string[]
  readonly processes: readonly number[]
  readonly clock: { readonly monotonic: number; readonly boottime: number }
}

/** Runs `inside facts` with a command line that ends where the container's command begins. */
export async function factsOf(world: World, command: readonly string[], options: Options = {}): Promise<InsideFacts> {
  const result = await run(world, [...command, 'inside', 'facts'], options)
  if (result.code !== 0) throw new Error(`${command.join(' ')}: exit ${result.code}: ${result.stderr}`)
  return parseFacts(result.stdout)
}

export const parseFacts = (text: string): InsideFacts => JSON.parse(text) as InsideFacts

export interface InsideStat {
  readonly path: string
  readonly error?: string
  readonly type?: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly dev?: string
  readonly rdev?: string
}

/** The lines of `inside stat PATH…`, by path. */
export function parseStats(text: string): Readonly<Record<string, InsideStat>> {
  const lines = text.trim().split('\n')
  return Object.fromEntries(lines.map(line => JSON.parse(line) as InsideStat).map(stat => [stat.path, stat]))
}

/** A row of mountinfo: proc_pid_mountinfo(5). */
export interface MountRow {
  readonly id: string
  readonly root: string
  readonly at: string
  readonly options: readonly string[]
  readonly propagation: readonly string[]
  readonly type: string
  readonly superOptions: readonly string[]
}

export function parseMounts(lines: readonly string[]): MountRow[] {
  return lines.map(line => {
    const [before, after] = line.split(' - ') as [string, string]
    const [id, , , root, at, options, ...propagation] = before.split(' ') as [
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    const [type, , superOptions = ''] = after.split(' ') as [string, string, string?]
    return { id, root, at, options: options.split(','), propagation, type, superOptions: superOptions.split(',') }
  })
}

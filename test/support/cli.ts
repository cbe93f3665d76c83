/** The command line under test, as a process: its own environment, its own directories, and never for ever. */

import { type ChildProcess, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lifetime } from './patience.js'
import type { World } from './world.js'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const unbundled = at('../../chapters/main.js')
const bundle = at('../../mini-docker.cjs')
const writtenAt = (path: string): number => fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** The bundle, unless it is older than what tsc wrote: then it is not the code at hand. */
export const cliPath = writtenAt(bundle) >= writtenAt(unbundled) && fs.existsSync(bundle) ? bundle : unbundled

export interface Options {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What stdin holds; without it, stdin is empty. */
  readonly input?: string | Buffer
  /** stdin stays open until `child.stdin.end()`. */
  readonly keepStdin?: boolean
  readonly cwd?: string
  /** Another file that holds the command line: that of a copy. */
  readonly cli?: string
  /** What runs in front of it and becomes it by exec: `setpriv …`, `unshare -m …`. */
  readonly prefix?: readonly string[]
  /** Replaces stdin, stdout and stderr: fds. */
  readonly stdio?: readonly number[]
  readonly seconds?: number
}

export interface Result {
  /** As a shell has it: 128 + n after signal n. */
  readonly code: number
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly output: Buffer
}

export interface Running {
  readonly child: ChildProcess
  readonly pid: number
  readonly done: Promise<Result>
  stdout(): string
  /** Waits until stdout matches. @throws when it ends without */
  says(pattern: RegExp): Promise<RegExpExecArray>
}

export const commandLine = (args: readonly string[], prefix: readonly string[] = [], cli = cliPath): string[] => [
  ...prefix,
  process.execPath,
  cli,
  ...args,
]

export function environment(world: World, more: Options['env'] = {}): Record<string, string> {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const whole = { PATH: path, HOME: world.directory, MINI_DOCKER_ROOT: world.data, MINI_DOCKER_RUN: world.run, ...more }
  return Object.fromEntries(Object.entries(whole).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

export function start(world: World, args: readonly string[], options: Options = {}): Running {
  const [program, ...rest] = commandLine(args, options.prefix, options.cli)
  const child = spawn(program!, rest, {
    env: environment(world, options.env),
    cwd: options.cwd ?? world.directory,
    stdio: options.stdio === undefined ? ['pipe', 'pipe', 'pipe'] : [...options.stdio],
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  const text = (): string => Buffer.concat(out).toString()
  const awaited = new Set<() => void>()
  const look = (): void => {
    for (const check of awaited) check()
  }
  child.stdout?.on('data', (chunk: Buffer) => {
    out.push(chunk)
    look()
  })
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin?.on('error', () => undefined) // EPIPE: it did not want to read
  if (options.input !== undefined) child.stdin?.end(options.input)
  else if (options.keepStdin !== true) child.stdin?.end()

  let ended = false
  const limit = setTimeout(() => child.kill('SIGKILL'), (options.seconds ?? lifetime) * 1000)
  const done = new Promise<Result>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      ended = true
      look()
      const number = signal === null ? 0 : (numbers[signal] ?? 0)
      const stderr = Buffer.concat(err).toString()
      resolve({ code: code ?? 128 + number, signal, stdout: text(), stderr, output: Buffer.concat(out) })
    })
  })
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const match = pattern.exec(text())
        if (match === null && !ended) return
        awaited.delete(check)
        if (match !== null) resolve(match)
        else reject(new Error(`no ${pattern} in '${text()}', stderr '${Buffer.concat(err).toString()}'`))
      }
      awaited.add(check)
      check()
    })
  return { child, pid: child.pid!, done, stdout: text, says }
}

const numbers: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }

export const run = (world: World, args: readonly string[], options: Options = {}): Promise<Result> =>
  start(world, args, options).done

/** What an effect check has at hand inside the room: the real tool with the attempt in it, and the room as the tool's host. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { ensureDefaultRootfs } from '#core/rootfs/default'
import type { Failure } from '#labs/runner/grade/grader'
import { repository } from '#labs/runner/places'

export interface Ran {
  /** As a shell has it: 128 + n after signal n. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export class Room {
  /** Where files can be written. */
  readonly scratch = process.cwd()
  readonly #attempts: string

  /** @param attempts the directory of the compiled attempt */
  constructor(attempts: string) {
    this.#attempts = attempts
  }

  /** Unpredictable: who prints it has read it. */
  nonce(): string {
    return randomBytes(8).toString('hex')
  }

  /** A root directory that is nobody else's, with `inside` (native/inside.c) in its /bin. Files can be added by path. */
  rootfs(files: Readonly<Record<string, string>> = {}): string {
    const path = ensureDefaultRootfs({ dataDir: `${this.scratch}/${this.nonce()}` }).path
    fs.copyFileSync(`${repository}dist/native/inside`, `${path}/bin/inside`)
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${path}${name}`, text)
    return path
  }

  /** `mini-docker …` with the attempt in its part's place: `run(['ch1', 'run', '--rootfs', …, '--', 'ls'])`. */
  run(args: readonly string[], input = ''): Ran {
    return this.through([], args, input)
  }

  /** The same, started by a program that is named first: strace(1). */
  through(program: readonly string[], args: readonly string[], input = ''): Ran {
    return this.start([...program, ...withAttempts(args)], { MINI_DOCKER_ATTEMPTS: this.#attempts }, input)
  }

  /** The same, and not waited for: to look at a container while it lives. */
  begin(args: readonly string[]): ChildProcess {
    const [program, ...argv] = withAttempts(args)
    const env = { ...process.env, MINI_DOCKER_ATTEMPTS: this.#attempts }
    return spawn(program!, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** Any program, to its end. */
  start(argv: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Ran {
    const { status, signal, error, stdout, stderr } = spawnSync(argv[0]!, argv.slice(1), {
      input,
      env: { ...process.env, ...env },
      timeout: 15_000,
      killSignal: 'SIGKILL',
    })
    if (error !== undefined && status === null && signal === null)
      return { code: 127, stdout: '', stderr: error.message }
    const code = status ?? 128 + os.constants.signals[signal!]
    return { code, stdout: String(stdout), stderr: String(stderr) }
  }

  /** A file as the room sees it: as a container's host does. */
  read(path: string): string {
    return fs.readFileSync(path, 'utf8')
  }
}

const withAttempts = ([chapter, verb, ...rest]: readonly string[]): string[] => [
  process.execPath,
  `${repository}dist/chapters/main.js`,
  chapter!,
  verb!,
  '--lab',
  ...rest,
]

/** A container that is not there when it is looked at, or says what nobody can read, has failed. */
export async function survived(judge: () => Failure | null | Promise<Failure | null>): Promise<Failure | null> {
  try {
    return await judge()
  } catch (error) {
    return { expected: 'a container that can be looked at', found: (error as Error).message.split('\n')[0]! }
  }
}

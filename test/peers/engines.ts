/** Engines that others made, with mini-runc below them: how they are called, on pipes and on a terminal, and what they leave. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as assert from 'uvu/assert'
import { importBase } from '#support/containers'
import { Pty, type Size } from '#support/pty'
import { ch4 } from '#support/store'
import { nonce, type World } from '#support/world'

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface How {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** One command of an engine, to its end. @param client what comes before it: `docker -H …` */
export function ask(client: readonly string[], args: readonly string[], { input = '', env = {} }: How = {}): Said {
  const [program, ...rest] = [...client, ...args]
  const { status, stdout, stderr } = spawnSync(program!, rest, {
    ...{ encoding: 'utf8', input, timeout: 30_000, killSignal: 'SIGKILL', env: { ...process.env, ...quiet, ...env } },
  })
  return { code: status ?? -1, stdout: stdout ?? '', stderr: stderr ?? '' }
}

/** The old builder: it runs its steps by the runtime; the new one brings its own. */
const quiet = { DOCKER_BUILDKIT: '0', DOCKER_CLI_HINTS: 'false', TERM: 'dumb' }

/** One that must do. @returns what it wrote to stdout */
export function told(client: readonly string[], args: readonly string[], how: How = {}): string {
  const { code, stdout, stderr } = ask(client, args, how)
  assert.is(code, 0, `${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}

export interface OnTerminal {
  readonly pty: Pty
  /** Its exit code, when all that it wrote is shown. */
  readonly code: Promise<number | null>
}

/** Like a person at a terminal of that size. */
export function atTerminal(client: readonly string[], args: readonly string[], size: Size): OnTerminal {
  const pty = new Pty(size)
  const child = spawn('setsid', ['--ctty', ...client, ...args], {
    env: { ...process.env, ...quiet, TERM: 'vt100' },
    stdio: [pty.slave, pty.slave, pty.slave],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  return { pty, code: ended(child).then(async code => pty.drained().then(() => code)) }
}

export const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise(resolve => child.once('exit', resolve))

/** The world's root file system as an image, in an archive that every engine loads. @returns its path */
export async function baseArchive(world: World): Promise<string> {
  await importBase(world)
  const archive = world.path()
  await ch4(world, ['save', '-q', '-o', archive, 'base'])
  return archive
}

/** Below which an engine's containers have their cgroups, in every hierarchy. */
export const newCgroupParent = (): string => `/mini-docker/engine-${nonce()}`

/** Hierarchies of both versions. */
const hierarchies = (): string[] =>
  [...fs.readFileSync('/proc/self/mountinfo', 'utf8').matchAll(/ (\/\S+) \S+(?: \S+:\S+)* - cgroup2? /g)].map(
    ([, root]) => root!,
  )

/** Takes the parent away. @returns cgroups below it: what containers have left */
export function leftInCgroups(parent: string): string[] {
  return hierarchies().flatMap(root => {
    const place = `${root}${parent}`
    if (!fs.existsSync(place)) return []
    const left = fs
      .readdirSync(place, { withFileTypes: true })
      .flatMap(entry => (entry.isDirectory() ? [entry.name] : []))
    if (left.length === 0) fs.rmdirSync(place)
    return left.map(name => `${place}/${name}`)
  })
}

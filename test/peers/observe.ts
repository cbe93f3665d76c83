/** What a program sees of the place it runs in, as a flat table: field → text, so that two places can be compared. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { isolates, type Spec } from '#core/spec/runtime'
import { environment } from '#support/cli'
import { type InsideFacts, type InsideStat, parseFacts, parseMounts } from '#support/inside'
import { Pty } from '#support/pty'
import type { World } from '#support/world'
import { commandOf, type RuntimeName } from './runtimes.js'

export type Observation = ReadonlyMap<string, string>

interface MoreFacts extends InsideFacts {
  readonly cgroup: readonly string[]
  readonly nofile: object
}

/** A line of JSON for each node, then `name -> target` for each link, then files of /proc with a heading. */
const lookAround = `
inside stat / /dev /dev/pts /dev/shm /dev/* /dev/pts/*
for f in /dev/*; do if [ -L "$f" ]; then echo "$f -> $(readlink "$f")"; fi; done
for f in uid_map gid_map setgroups timens_offsets loginuid oom_score_adj; do
  echo "== $f"; cat /proc/self/$f; echo
done
`

/** Runs the spec twice: with the probe itself as the program, and with a shell that looks around. */
export async function observe(runtime: RuntimeName, world: World, spec: Spec): Promise<Observation> {
  const run = (args: readonly string[]) => runSpec(runtime, world, { ...spec, process: { ...spec.process, args } })
  const facts = parseFacts(jsonIn(await run(['inside', 'facts']))) as MoreFacts
  const around = await run(['sh', '-c', lookAround])
  return new Map([...fieldsOfFacts(facts, spec), ...fieldsAround(around.split(/\r?\n/))])
}

/** A terminal shows what the runtime itself has to say, too. */
const jsonIn = (text: string): string => text.split('\n').find(line => line.startsWith('{"fds"')) ?? text

/**
 * crun 1.8 writes what a terminal still holds when the program has ended through its log of errors: in pieces of 256
 * bytes, each in red, with the time before it and a line end after it.
 */
const withoutLog = (text: string): string => text.replace(/\x1b\[1;31m[\d:.T-]+Z: (.*?)\x1b\[0m\n/gs, '$1')

async function runSpec(runtime: RuntimeName, world: World, spec: Spec): Promise<string> {
  const { code, stdout, stderr } = await start(runtime, world, spec)
  if (code !== 0) throw new Error(`${runtime}: exit ${code}: ${stderr}${stdout}`)
  return stdout
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** With pipes, or with a terminal of the size that the spec asks for: whoever relays it may pass its own size on. */
export async function start(runtime: RuntimeName, world: World, spec: Spec): Promise<Ended> {
  const { terminal, consoleSize } = spec.process
  const pty =
    terminal === true ? new Pty({ rows: consoleSize?.height ?? 24, columns: consoleSize?.width ?? 80 }) : undefined
  // never /dev/null: crun 1.8 gives the stdio that it was given to the container's user, and that file would be the host's
  const [program, ...args] = [...(pty === undefined ? [] : ['setsid', '--ctty']), ...commandOf(runtime, world, spec)]
  const stdio = pty === undefined ? (['pipe', 'pipe', 'pipe'] as const) : [pty.slave, pty.slave, pty.slave]
  const child = spawn(program!, args, { env: environment(world), cwd: world.directory, stdio: [...stdio] })
  const limit = setTimeout(() => child.kill('SIGKILL'), 20_000)
  child.stdin?.end()
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', chunk => (stdout += chunk))
  child.stderr?.on('data', chunk => (stderr += chunk))
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  clearTimeout(limit)
  if (pty === undefined) return { code, stdout, stderr }
  await pty.shows(/\n$/)
  pty.close()
  return { code, stdout: withoutLog(pty.text), stderr }
}

const plain = [
  ...['hostname', 'domainname', 'uid', 'euid', 'gid', 'egid', 'groups', 'cwd', 'exe', 'umask', 'argv'],
  ...['tty', 'window', 'interfaces', 'nofile'],
] as (keyof MoreFacts)[]

function* fieldsOfFacts(facts: MoreFacts, spec: Spec): Generator<[string, string]> {
  for (const key of plain) yield [key, JSON.stringify(facts[key])]
  // a pipe is a pipe, whichever
  yield ['fds', facts.fds.map(({ fd, target }) => `${fd} ${target?.replace(/:\[\d+\]$/, '')}`).join(', ')]
  yield ['session', facts.session === facts.pid ? 'its own' : String(facts.session)]
  yield ['process group', facts.pgrp === facts.pid ? 'its own' : String(facts.pgrp)]
  yield ['in the foreground', String(facts.foreground === facts.pgrp)]
  if (isolates(spec, 'pid')) {
    yield ['pid', `${facts.pid}, child of ${facts.ppid}`]
    yield ['processes', facts.processes.join()]
  }
  if (isolates(spec, 'cgroup')) yield ['cgroup', facts.cgroup.join(' ')]
  for (const variable of facts.env) yield [`env ${variable.split('=')[0]}`, variable]
  for (const [name, inode] of Object.entries(facts.ns)) {
    yield [`ns ${name}`, inode === hostNamespace(name) ? "the host's" : 'its own']
  }
  for (const [name, value] of Object.entries(facts.status ?? {})) yield [`status ${name}`, value]
  yield* fieldsOfMounts(facts.mountinfo ?? [], spec)
}

const hostNamespace = (name: string): number => Number(/\[(\d+)\]/.exec(fs.readlinkSync(`/proc/self/ns/${name}`))?.[1])

function* fieldsOfMounts(mountinfo: readonly string[], spec: Spec): Generator<[string, string]> {
  for (const { at, root, type, options, propagation, superOptions } of parseMounts(mountinfo)) {
    const mount = spec.mounts?.find(({ destination }) => destination === at)
    const asked = (mount?.options ?? []).filter(option => option.includes('=')).map(option => option.split('=')[0])
    const own = superOptions.filter(option => asked.includes(option.split('=')[0]))
    const below = at === '/' || mount?.type === undefined ? '' : ` ${root}`
    yield [`mount ${at}`, `${type}${below} ${[...options].sort().join(',')} ${propagation.join(' ')}`.trim()]
    if (own.length > 0) yield [`mount ${at}, its own`, own.sort().join(',')]
  }
}

function* fieldsAround(lines: readonly string[]): Generator<[string, string]> {
  let text: string[] = []
  const texts = new Map<string, string[]>()
  for (const line of lines) {
    const [, from, to] = /^(\S+) -> (.*)$/.exec(line) ?? []
    if (line.startsWith('{')) yield nodeField(JSON.parse(line) as InsideStat)
    else if (from !== undefined) yield [`link ${from}`, to!]
    else if (line.startsWith('== ')) {
      text = []
      texts.set(line.slice(3), text)
    } else if (line !== '') text.push(line.trim().replace(/\s+/g, ' '))
  }
  for (const [name, lines] of texts) yield [name, lines.join(' | ')]
}

function nodeField({ path, error, type, mode, uid, gid, rdev }: InsideStat): [string, string] {
  // '/dev/pts/*' unmatched is the shell's way to say that there is none
  if (error !== undefined) return [`node ${path}`, error]
  const device = type === 'char' || type === 'block' ? ` ${rdev}` : ''
  return [`node ${path}`, `${type}${device} ${mode!.toString(8).padStart(4, '0')} ${uid}:${gid}`]
}

export interface Difference {
  readonly field: string
  /** `field: ours | theirs` */
  readonly text: string
}

export function differences(ours: Observation, theirs: Observation): Difference[] {
  const fields = new Set([...ours.keys(), ...theirs.keys()])
  return [...fields].sort().flatMap(field => {
    const [our, their] = [ours.get(field) ?? '(none)', theirs.get(field) ?? '(none)']
    return our === their ? [] : [{ field, text: `${field}: ${our} | ${their}` }]
  })
}

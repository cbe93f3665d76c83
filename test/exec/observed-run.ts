/**
 * A real `mini-docker ch2 run`, watched from outside so closely that one of its processes can be killed at a chosen moment:
 * this process spins instead of sleeping, because a plan takes no longer than a timer's tick.
 */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { commandLine, environment } from '#support/cli'
import { lives } from '#support/residue'
import type { User } from '#support/users'
import { readOr, type World } from '#support/world'

/** What can be seen from outside, in order; a moment is so many milliseconds after one of them, or after a traced step. */
export const events = ['spawned', 'recorded', 'staged', 'forked', 'up', 'over'] as const
export type Event = (typeof events)[number]

export type Victim = 'cli' | 'monitor' | 'container'

export interface Aim {
  readonly victim: Victim
  /** A number: the step of that index in the trace that the command line writes. */
  readonly after: Event | number
  readonly delay: number
}

export interface Observed {
  /** Milliseconds from the start; missing for what was not seen before the run ended or was killed. */
  readonly at: Readonly<Partial<Record<Event, number>>>
  /** Whether the victim was there to be killed. */
  readonly killed: boolean
  /** All that ran below the command line when the kill came. */
  readonly below: readonly number[]
  readonly monitors: number
  /** When the command line had ended, in milliseconds from the start. */
  readonly ended: number
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export const containerName = 'killed'
const command = ['sh', '-c', 'sleep 300 & echo up; sleep 0.03']
const giveUp = 20_000

/**
 * @param monitors how many it starts: before the run itself, one may probe what the machine can do
 * @param user whose container it is, root's without one
 * @param chapter whose `run` it is
 */
export async function observe(
  world: World,
  flags: readonly string[],
  aim: Aim | null,
  monitors = 1,
  user?: User,
  chapter: 'ch2' | 'ch3' = 'ch2',
): Promise<Observed> {
  const directory = world.directoryOf({ stdout: '', stderr: '' })
  const [stdout, stderr] = ['stdout', 'stderr'].map(name => fs.openSync(`${directory}/${name}`, 'r+')) as [
    number,
    number,
  ]
  const args = [
    chapter,
    'run',
    '--trace',
    '--name',
    containerName,
    '--rootfs',
    world.rootfs,
    ...flags,
    '--',
    ...command,
  ]
  const { prefix, env, cwd = world.directory } = user?.options ?? {}
  const [program, ...rest] = commandLine(args, prefix)
  const start = performance.now()
  const child = spawn(program!, rest, { env: environment(world, env), cwd, stdio: ['ignore', stdout, stderr] })
  const end = new Promise<[number | null, NodeJS.Signals | null]>(resolve => child.on('exit', (...how) => resolve(how)))
  const watch = new Watch(child.pid!, `${user?.run ?? world.run}/containers/${containerName}`, {
    stdout,
    stderr,
    monitors,
  })
  const killed = aim === null ? watch.untilOver() : watch.untilKilled(aim)
  const [code, signal] = await end
  const ended = performance.now() - start
  fs.closeSync(stdout)
  fs.closeSync(stderr)
  const text = (name: string): string => fs.readFileSync(`${directory}/${name}`, 'utf8')
  const result = { ...watch.seen(), killed, ended, code, signal, stdout: text('stdout'), stderr: text('stderr') }
  fs.rmSync(directory, { recursive: true })
  return result
}

class Watch {
  readonly #at: Partial<Record<Event, number>> = { spawned: 0 }
  readonly #start = performance.now()
  readonly #cli: number
  readonly #record: string
  readonly #output: { readonly stdout: number; readonly stderr: number; readonly monitors: number }
  /** Stages by their monitors, in the order in which they were seen. */
  readonly #stages = new Map<number, number>()
  #init: number | undefined
  #below: number[] = []

  constructor(cli: number, record: string, output: { stdout: number; stderr: number; monitors: number }) {
    this.#cli = cli
    this.#record = record
    this.#output = output
  }

  seen(): Pick<Observed, 'at' | 'below' | 'monitors'> {
    return { at: this.#at, below: this.#below, monitors: this.#stages.size }
  }

  untilOver(): boolean {
    while (this.#at.over === undefined && this.#goesOn()) this.#look()
    return false
  }

  untilKilled({ victim, after, delay }: Aim): boolean {
    while (!this.#has(after) && this.#goesOn()) this.#look()
    const moment = (typeof after === 'number' ? this.#now() : (this.#at[after] ?? 0)) + delay
    // look only as long as there is time for it
    while (this.#now() < moment - 0.2) this.#look()
    while (this.#now() < moment);
    const monitor = [...this.#stages.keys()].at(-1)
    const pid = { cli: this.#cli, monitor, container: this.#init ?? this.#stages.get(monitor ?? -1) }[victim]
    const killed = pid !== undefined && lives(pid) && kill(pid)
    this.#below = [...this.#stages].flat().concat(this.#init ?? [])
    return killed
  }

  #now = (): number => performance.now() - this.#start
  #goesOn = (): boolean => lives(this.#cli) && this.#now() < giveUp

  /** A traced step is looked for in what the command line wrote last. */
  #has(after: Event | number): boolean {
    if (typeof after !== 'number') return this.#at[after] !== undefined
    const { size } = fs.fstatSync(this.#output.stderr)
    const tail = Buffer.alloc(Math.min(size, 4096))
    fs.readSync(this.#output.stderr, tail, 0, tail.length, size - tail.length)
    return new RegExp(`^ *${after} .* µs `, 'm').test(tail.toString())
  }

  #look(): void {
    const is = (event: Event, holds: () => boolean): void => {
      if (this.#at[event] === undefined && holds()) this.#at[event] = this.#now()
    }
    is('recorded', () => fs.existsSync(this.#record))
    this.#lookBelow()
    is('staged', () => this.#stages.size >= this.#output.monitors)
    is('forked', () => this.#init !== undefined)
    is('up', () => fs.fstatSync(this.#output.stdout).size > 0)
    is('over', () => this.#at.up !== undefined && this.#init !== undefined && !lives(this.#init))
  }

  #lookBelow(): void {
    if (this.#init !== undefined) return
    for (const monitor of childrenOf(this.#cli)) {
      for (const child of childrenOf(monitor)) {
        if (isInit(child)) this.#init = child
        if (!this.#stages.has(monitor)) this.#stages.set(monitor, child)
      }
    }
  }
}

/** Of its main thread, which is the one that spawns. */
const childrenOf = (pid: number): number[] =>
  readOr('', `/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter(word => word !== '')
    .map(Number)

/** The stage only makes a pid namespace; its child lives in it. */
const isInit = (pid: number): boolean => ![ownPids, ''].includes(linkOf(`/proc/${pid}/ns/pid`))

function linkOf(path: string): string {
  try {
    return fs.readlinkSync(path)
  } catch {
    return '' // it has just ended
  }
}
const ownPids = linkOf('/proc/self/ns/pid')

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false // it ended before
  }
}

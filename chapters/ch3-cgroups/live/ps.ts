/** `ch3 ps`: the containers that run, or the processes of one. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { fail } from '#core/errors'
import { processesIn } from '#core/exec/cgroup'
import { parsePasswd } from '#core/spec/account'
import { type Directory, withController } from '../cgroup/directories.js'
import { allRunning, type Container, containerOf, machine } from './containers.js'
import { ended, isPaused } from './freezer.js'
import { humanBytes } from './human.js'
import { cpusIn } from './kernel-text.js'
import { memoryLimit } from './out-of-memory.js'
import { ageOf, clockOf, type Process, processIn } from './processes.js'
import { readOrNull } from './sample.js'
import { tableOf } from './table.js'

export async function ps(flags: Flags, [who, ...more]: readonly string[]): Promise<number> {
  if (more.length > 0) {
    fail('InvalidArgument', {
      what: `argument '${more[0]}'`,
      why: 'ch3 ps takes one name',
      hint: 'mini-docker ch3 ps NAME',
    })
  }
  const here = await machine()
  const asJson = flags.on('json')
  if (who === undefined) show(allRunning(here).map(summaryOf), asJson, containerHeading, containerRow)
  else show(processesOf(containerOf(here, who)), asJson, processHeading, processRow)
  return 0
}

function show<T extends object>(
  all: readonly T[],
  asJson: boolean,
  heading: readonly string[],
  row: (one: T) => string[],
): void {
  const lines = asJson ? all.map(one => JSON.stringify({ version: 1, ...one })) : tableOf(heading, all.map(row))
  out(lines.map(line => `${line}\n`).join(''))
}

/** What `ps --json` prints, one a line. */
interface Summary {
  readonly name: string
  readonly pid: number
  readonly status: 'running' | 'paused'
  /** As the kernel has them now, null: none. Bytes; processors. */
  readonly memory: number | null
  readonly cpus: number | null
  readonly command: readonly string[]
  /** Milliseconds since 1970. */
  readonly created: number
}

function summaryOf({ name, init, directories, record, spec }: Container): Summary {
  return {
    name,
    pid: init.pid,
    status: isPaused(directories) ? 'paused' : 'running',
    memory: memoryLimit(directories),
    cpus: processors(directories),
    command: spec.process.args,
    created: record.created,
  }
}

function processors(directories: readonly Directory[]): number | null {
  const directory = withController(directories, 'cpu')
  if (directory === undefined) return null
  const read = (file: string): string | null => readOrNull(`${directory.path}/${file}`)
  if (directory.version === 2) return cpusIn(read('cpu.max'))
  return cpusIn(`${read('cpu.cfs_quota_us')?.trim()} ${read('cpu.cfs_period_us')?.trim()}`)
}

const containerHeading = ['NAME', 'PID', 'STATUS', 'MEMORY', 'CPUS', 'AGE', 'COMMAND']
const containerRow = ({ name, pid, status, memory, cpus, created, command }: Summary): string[] => [
  name,
  String(pid),
  status,
  memory === null ? '--' : humanBytes(memory),
  cpus === null ? '--' : String(Number(cpus.toFixed(2))),
  ageOf(Date.now() - created),
  command.join(' '),
]

const processHeading = ['PID', 'INSIDE', 'USER', 'STATE', 'TIME', 'COMMAND']
const processRow = ({ pid, inside, user, state, time, command }: Process): string[] => [
  String(pid),
  String(inside),
  user,
  state,
  clockOf(time),
  command,
]

/** Of its cgroup and of those that it made below: what it started with setsid and by exec is in there, too. */
function processesOf({ name, directories }: Container): Process[] {
  const names = new Map(parsePasswd(readOrNull('/etc/passwd') ?? '').map(entry => [entry.uid, entry.name]))
  const userOf = (uid: number): string => names.get(uid) ?? String(uid)
  if (directories.length === 0) {
    fail('Unsupported', {
      what: `processes of '${name}'`,
      why: 'no cgroup hierarchy is mounted here',
      hint: 'mini-docker doctor',
    })
  }
  const place = directories.find(({ path }) => fs.existsSync(path))
  const pids = place === undefined ? [] : pidsBelow(place.path)
  const all = pids.sort((a, b) => a - b).flatMap(pid => lookAt(pid, userOf) ?? [])
  return all.length > 0 ? all : ended(name)
}

function pidsBelow(path: string): number[] {
  try {
    const below = fs.readdirSync(path, { withFileTypes: true }).filter(entry => entry.isDirectory())
    return [...processesIn(path), ...below.flatMap(entry => pidsBelow(`${path}/${entry.name}`))]
  } catch {
    return [] // it has just ended
  }
}

function lookAt(pid: number, userOf: (uid: number) => string): Process | null {
  const [stat, status, cmdline] = ['stat', 'status', 'cmdline'].map(file => readOrNull(`/proc/${pid}/${file}`) ?? '')
  return processIn({ stat: stat!, status: status!, cmdline: cmdline! }, userOf)
}

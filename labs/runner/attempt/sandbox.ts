/**
 * Where an attempt runs: a Node process that may read its own file and nothing else, as nobody where we are root, with
 * little memory and little time. It can think, and tell us what it thought. It cannot write, start a program, or find us.
 *
 * Node's permission model is the fence (nodejs.org/api/permissions.html); it says of itself that it does not hold against
 * malice alone, so ids and limits of the kernel stand behind it.
 */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { asAnswer } from './as-answer.js'
import type { Answer, Question } from './sandboxed.js'

export interface Limits {
  readonly seconds: number
  readonly memoryMiB: number
}
export const usualLimits: Limits = { seconds: 5, memoryMiB: 256 }

export interface Interview {
  /** In the order of the questions; shorter when it ended before it had answered all. */
  readonly answers: readonly Answer[]
  /** Why there is no further answer, null when all are there. */
  readonly ended: string | null
  /** What the attempt wrote to stdout and stderr, for the learner's eyes. */
  readonly printed: string
}

const NOBODY = 65534
const MOST_BYTES = 4 * 1024 * 1024
/** Address space that Node reserves and never touches is not counted by RLIMIT_DATA: getrlimit(2). */
const NODE_ITSELF_MIB = 512

const directories = new Set<string>()

/** A directory for compiled attempts that others may read; gone with this process, if not before. */
export function newAttemptsDirectory(): string {
  const directory = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-lab.`)
  fs.chmodSync(directory, 0o755)
  if (directories.size === 0) process.once('exit', () => directories.forEach(removeDirectory))
  directories.add(directory)
  return directory
}

const removeDirectory = (directory: string): void => fs.rmSync(directory, { recursive: true, force: true })

/** Synchronous, because a pass is: the tool asks for steps in the middle of making a plan. */
export function interview(module: string, questions: readonly Question[], limits: Limits = usualLimits): Interview {
  const node = [
    permissionFlag(),
    `--allow-fs-read=${module}`,
    `--max-old-space-size=${limits.memoryMiB}`,
    '--enable-source-maps',
    '--no-warnings',
    module,
  ]
  // the shell sets the limits and becomes Node: data segment, size of files, core dumps
  const limit = `ulimit -c 0; ulimit -f 0; ulimit -d ${(limits.memoryMiB + NODE_ITSELF_MIB) * 1024} 2>/dev/null; exec "$0" "$@"`
  const root = process.geteuid?.() === 0 && isMapped(NOBODY)
  const [command, args] =
    process.platform === 'win32' ? [process.execPath, node] : ['/bin/sh', ['-c', limit, process.execPath, ...node]]
  const result = spawnSync(command, args, {
    input: JSON.stringify(questions),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: {},
    cwd: '/',
    timeout: limits.seconds * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: MOST_BYTES,
    ...(root ? { uid: NOBODY, gid: NOBODY } : {}),
  })
  const answers = parseAnswers(String(result.output?.[3] ?? ''))
  return {
    answers,
    ended: howEnded(answers.length - questions.length, result, limits),
    printed: [result.stdout, result.stderr].map(String).join(''),
  }
}

/** Complete lines alone: one that was cut off was not said. */
function parseAnswers(text: string): Answer[] {
  const lines = text.split('\n').slice(0, -1)
  const answers: Answer[] = []
  for (const line of lines) {
    try {
      answers.push(asAnswer(JSON.parse(line)))
    } catch {
      break // something else wrote there: what follows is not to be believed
    }
  }
  return answers
}

function howEnded(tooMany: number, result: SpawnSyncReturns<Buffer>, limits: Limits): string | null {
  if (tooMany > 0) return 'it wrote to the place where its answers go: fd 3 is not for a part'
  return tooMany === 0 ? null : whyEnded(result, limits)
}

function whyEnded({ error, status, signal, stderr }: SpawnSyncReturns<Buffer>, { seconds, memoryMiB }: Limits): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ETIMEDOUT') return `it did not end within ${seconds} s: is there a loop that never does?`
  if (code === 'ENOBUFS') return `it printed more than ${MOST_BYTES / 1024 / 1024} MiB`
  if (error !== undefined) return error.message
  if (/heap out of memory|allocation failed/i.test(String(stderr)))
    return `it used more than ${memoryMiB} MiB of memory`
  return signal === null
    ? `it ended with exit code ${status} before it had answered`
    : `${signal} ended it before it had answered`
}

const permissionFlag = (): string =>
  process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'

/** Root of a user namespace may have no other id to take on; there the ids of the machine's root are out of reach anyway. */
function isMapped(id: number): boolean {
  return ['/proc/self/uid_map', '/proc/self/gid_map'].every(path => {
    if (!fs.existsSync(path)) return true
    return fs
      .readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .some(line => {
        const [inside = 0, , size = 0] = line.trim().split(/\s+/).map(Number)
        return id >= inside && id < inside + size
      })
  })
}

/**
 * A tool of any language, graded by what it does: `lab check --chapter 1 --bin './their-tool run'`. The words of --bin are
 * followed by `--rootfs DIR [--env KEY=VALUE] [--user UID] [--hostname NAME] [--memory BYTES] [--pids-limit N] [--cpus N]
 * [--] COMMAND [ARG…]`, and that is all there is to agree on; the last three from ch3 on. Of ch4 on, --bin is the tool alone, and
 * what follows is `import FILE NAME`, `load -i FILE`, `save -o FILE NAME` or `run NAME COMMAND [ARG…]`, from ch5 on also `pull NAME` and
 * `push NAME`. It is run in the room, as an attempt is.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'
import { fail } from '#core/errors'
import { which } from '#core/sys/probe'
import type { Ran, Room } from '#labs/runner/room/room'
import { missingFor, runRoom, wantsCgroups } from './effects.js'
import type { Failure } from './grader.js'
import type { CheckResult, LabResult } from './results.js'

export interface Wish {
  readonly rootfs: string
  readonly env?: readonly string[]
  readonly user?: string
  readonly hostname?: string
  readonly memory?: string
  readonly pidsLimit?: number
  readonly cpus?: number
  readonly command: readonly string[]
}

export class Tool {
  readonly room: Room
  readonly #words: readonly string[]

  constructor(room: Room, words: readonly string[]) {
    this.room = room
    this.#words = words
  }

  argv({ rootfs, env = [], user, hostname, memory, pidsLimit, cpus, command }: Wish): string[] {
    const flag = (name: string, value: string | number | undefined): string[] =>
      value === undefined ? [] : [name, String(value)]
    return [
      ...this.#words,
      ...['--rootfs', rootfs],
      ...env.flatMap(one => ['--env', one]),
      ...flag('--user', user),
      ...flag('--hostname', hostname),
      ...flag('--memory', memory),
      ...flag('--pids-limit', pidsLimit),
      ...flag('--cpus', cpus),
      '--',
      ...command,
    ]
  }

  /** One of its commands. */
  call(...words: readonly string[]): Ran {
    return this.room.start([...this.#words, ...words])
  }

  /** The same, not waited for: it talks to somebody in this process. */
  begin(...words: readonly string[]): ChildProcess {
    const [program, ...first] = this.#words
    return spawn(program!, [...first, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  }

  run(wish: Wish, around: Readonly<Record<string, string>> = {}): Ran {
    return this.room.start(this.argv(wish), around)
  }
}

export interface BlackBoxCheck {
  readonly id: string
  readonly title: string
  readonly points: number
  readonly judge: (tool: Tool) => Failure | null | Promise<Failure | null>
}

export interface BlackBox {
  readonly chapter: string
  readonly title: string
  /** What the machine must have, as an effect check says it. */
  readonly needs?: readonly string[]
  readonly checks: readonly BlackBoxCheck[]
}

export const blackBoxPath = (chapter: string): URL =>
  new URL(`../../../test/labs/black-box/${chapter}.js`, import.meta.url)

/** @param bin as on the command line: a program and its first words. @throws MiniDockerError */
export async function gradeBlackBox(chapter: string, bin: string): Promise<LabResult> {
  if (!fs.existsSync(blackBoxPath(chapter))) {
    fail('NotFound', {
      what: `chapter '${chapter}'`,
      why: 'no tool is graded by it',
      hint: '--chapter 1, 2, 3, 4 or 5',
    })
  }
  const start = performance.now()
  const box = ((await import(blackBoxPath(chapter).href)) as { blackBox: BlackBox }).blackBox
  const words = wordsOf(bin)
  const { needs = [] } = box
  const lacking = missingFor(needs)
  const cgroups = wantsCgroups(needs)
  const judged = lacking.length > 0 ? null : await runRoom('black-box-in-room', [chapter, ...words], { cgroups })
  const checks = box.checks.map((check): CheckResult => {
    const common = blackBoxResult(chapter, check)
    const found = judged?.results.find(({ id }) => id === check.id)
    if (found !== undefined) return found
    const reason = judged === null ? `this machine lacks ${lacking.join(', ')}` : `the room ended: ${judged.ended}`
    return { ...common, status: 'not run', points: 0, reason }
  })
  const points = checks.reduce((sum, check) => sum + check.points, 0)
  const of = checks.reduce((sum, check) => sum + check.of, 0)
  const failed = checks.some(({ status }) => status === 'failed')
  const none = { points: 0, of: 0 }
  return {
    lab: `black-box/${chapter}`,
    title: box.title,
    chapter,
    status: failed ? 'failed' : checks.every(({ status }) => status === 'passed') ? 'passed' : 'incomplete',
    points,
    of,
    parts: { plan: none, invariant: none, effect: { points, of } },
    checks,
    problems: [],
    printed: '',
    seconds: (performance.now() - start) / 1000,
  }
}

/** A program that is named by a path is looked for here, not where the room begins. */
function wordsOf(bin: string): readonly string[] {
  const [program = '', ...more] = bin.split(/\s+/).filter(word => word !== '')
  const found = program.includes('/') ? path.resolve(program) : which(program)
  if (found === null || !fs.existsSync(found)) {
    fail('NotFound', { what: `program '${program}'`, why: 'is not there', hint: "--bin './their-tool run'" })
  }
  return [found, ...more]
}

export function blackBoxResult(chapter: string, { id, title, points }: BlackBoxCheck) {
  return { id, title, rung: 'effect', of: points, page: `/labs/black-box#${chapter}-${id}` } as const
}

/**
 * The system calls that a start makes, by strace, beside those that its ops declare. Counted are the stage's from the
 * program's receipt on and those of every process that it makes, up to execve; reports (sendto on the channel) are not.
 */

import * as fs from 'node:fs'
import { openChannel } from '#core/exec/channel'
import { drive, type PerformHostStep } from '#core/exec/driver'
import type { Outcome } from '#core/exec/outcome'
import type { Lowered } from '#core/plan/lower'
import { callsOf } from '#core/plan/ops'
import { reap, spawn } from '#core/sys/spawn'

/** What one process is expected to do: for each step its share of the pattern. */
export type Declared = readonly { readonly step: string; readonly pattern: string }[]

/** One entry for each process of the child lane, in the order in which they are made: stage, init, the supervised. */
export function declaredCalls({ program }: Lowered): Declared[] {
  const processes: { step: string; pattern: string }[][] = [[]]
  for (const { index, step } of program) {
    const { calls, stays } = callsOf(step)
    const name = `${index} ${step.op}`
    const current = processes.at(-1)!
    if (stays === undefined) {
      current.push({ step: name, pattern: calls })
      continue
    }
    const [before, after] = calls.split(/(?<=\bclone3?\??) (?!clone3)/) as [string, string]
    current.push({ step: name, pattern: before }, { step: `${name}, who stays`, pattern: stays })
    processes.push([{ step: name, pattern: after }])
  }
  return processes
}

/** `(a b?)+` as a regular expression over names, each with a blank behind it. */
const expressionOf = (pattern: string): string => pattern.replace(/\w+/g, name => `(?:${name};)`).replace(/ /g, '')

/** What differs, as a sentence; null when the calls are those declared and no others. */
export function mismatch(declared: Declared, calls: readonly string[]): string | null {
  const made = calls.map(name => `${name};`).join('')
  const whole = declared.map(({ pattern }) => expressionOf(pattern))
  if (new RegExp(`^${whole.join('')}$`).test(made)) return null
  const agrees = (count: number): string | undefined => new RegExp(`^${whole.slice(0, count).join('')}`).exec(made)?.[0]
  let count = declared.length
  while (agrees(count) === undefined) count--
  const rest = made
    .slice(agrees(count)!.length)
    .split(';')
    .filter(name => name !== '')
  const expected = declared[count]
  return `after ${count} steps: declared ${expected === undefined ? 'nothing more' : `'${expected.pattern}' (${expected.step})`}, made '${rest.slice(0, 12).join(' ')}'`
}

export interface Traced {
  readonly outcome: Outcome
  /** By process, in the order of `declaredCalls`. */
  readonly calls: readonly (readonly string[])[]
}

/** Starts the stage below strace and brings a plan through. @param directory empty, for strace's files @param target a pidfd of the process to join */
export async function traced(
  stage: string,
  strace: string,
  directory: string,
  lowered: Lowered,
  perform: PerformHostStep,
  target?: number,
): Promise<Traced> {
  const { channel, farEnd } = openChannel()
  const nothing = fs.openSync('/dev/null', 'r+')
  const argv = ['strace', '-qq', '-ff', '-e', 'signal=none', '-o', `${directory}/calls`, stage, 'monitor']
  const pid = spawn(strace, argv, [], [nothing, nothing, nothing, farEnd, ...(target === undefined ? [] : [target])])
  fs.closeSync(farEnd)
  fs.closeSync(nothing)
  const pids: number[] = []
  let terminal: number | undefined
  const hangUp = (): void => {
    if (terminal !== undefined) fs.closeSync(terminal)
    terminal = undefined
  }
  try {
    const outcome = await drive(lowered, channel, perform, {
      onStage: stagePid => pids.push(stagePid),
      onInit: initPid => pids.push(initPid),
      onConsole: master => {
        terminal = master
      },
      onRunning: hangUp, // a shell on a terminal would wait for somebody to type
    })
    channel.close()
    await reap(pid)
    return { outcome, calls: callsIn(directory, pids) }
  } finally {
    hangUp()
  }
}

/** Of the files that strace wrote: those of stage and init, and that of a further process that came to execve. */
function callsIn(directory: string, pids: readonly number[]): string[][] {
  const known = pids.map(pid => `calls.${pid}`)
  const others = fs
    .readdirSync(directory)
    .filter(name => !known.includes(name))
    .sort(byPid)
  const texts = [...known, ...others].map(name => ownLines(fs.readFileSync(`${directory}/${name}`, 'utf8').split('\n')))
  const [stage, ...rest] = texts as [string[], ...string[][]]
  const receipt = stage.findLastIndex(line => line.startsWith('read(3,'))
  const supervised = rest.filter((lines, i) => i < pids.length - 1 || lines[0]?.startsWith('prctl(PR_SET_PDEATHSIG'))
  return [stage.slice(receipt + 1), ...supervised].map(namesOf)
}

const byPid = (a: string, b: string): number => Number(a.split('.')[1]) - Number(b.split('.')[1])

/** Up to execve: what follows is the program's. */
function ownLines(lines: string[]): string[] {
  const end = lines.findIndex(line => line.startsWith('execve('))
  return end < 0 ? lines : lines.slice(0, end + 1)
}

const namesOf = (lines: readonly string[]): string[] =>
  lines.flatMap(line => (line.startsWith('sendto(3,') ? [] : (/^(\w+)\(/.exec(line)?.[1] ?? [])))

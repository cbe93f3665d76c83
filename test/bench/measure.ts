/** Runs commands in turns, A B A B …, and gives each one's median CPU (user + system, with its children) and wall time. */

import * as fs from 'node:fs'
import { call } from '#core/sys/libc'
import { which } from '#core/sys/probe'
import { spawn } from '#core/sys/spawn'

export interface Contender {
  readonly name: string
  readonly argv: readonly string[]
  /** Before each run, not measured. */
  readonly before?: () => void
}

export interface Figures {
  readonly name: string
  /** Milliseconds, medians over the rounds. */
  readonly cpu: number
  readonly wall: number
}

const null0 = fs.openSync('/dev/null', 'r')
const null1 = fs.openSync('/dev/null', 'w')
const { NODE_EXTRA_CA_CERTS: _, ...rest } = process.env
const env = Object.entries(rest).map(([key, value]) => `${key}=${value}`)

/** One run by wait4(2), whose rusage counts the process and all descendants that were waited for. */
function once({ name, argv, before }: Contender): { cpu: number; wall: number } {
  before?.()
  const path = which(argv[0]!) ?? argv[0]!
  const start = process.hrtime.bigint()
  const pid = spawn(path, argv, env, [null0, null1, null1])
  const status = new Int32Array(1)
  const usage = new BigInt64Array(18) // struct rusage: two struct timeval, 14 longs
  call('int wait4(int pid, void *status, int options, void *usage)', pid, status, 0, usage)
  const wall = Number(process.hrtime.bigint() - start) / 1e6
  if (status[0] !== 0) throw new Error(`${name}: wait status ${status[0]} of ${argv.join(' ')}`)
  const [userSeconds, userMicros, systemSeconds, systemMicros] = usage
  const cpu = Number((userSeconds! + systemSeconds!) * 1000n) + Number(userMicros! + systemMicros!) / 1000
  return { cpu, wall }
}

/** @param warmUps rounds that do not count */
export function compare(contenders: readonly Contender[], rounds: number, warmUps = 2): Figures[] {
  const runs = new Map(contenders.map(({ name }) => [name, { cpu: [] as number[], wall: [] as number[] }]))
  for (let round = -warmUps; round < rounds; round++) {
    for (const contender of contenders) {
      const { cpu, wall } = once(contender)
      if (round < 0) continue // warm-up
      runs.get(contender.name)!.cpu.push(cpu)
      runs.get(contender.name)!.wall.push(wall)
    }
  }
  return [...runs].map(([name, { cpu, wall }]) => ({ name, cpu: median(cpu), wall: median(wall) }))
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** What a program has in a container with ch7/capabilities in it, as /proc shows it. */

import { randomInt } from 'node:crypto'
import type { Capabilities, Spec } from '#core/spec/runtime'
import { capabilities as numbers } from '#core/sys/constants'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { differ } from '../support/answers.js'
import { RoomRuntime } from '../support/room-runtime.js'

const rows = { CapInh: 'inheritable', CapPrm: 'permitted', CapEff: 'effective', CapBnd: 'bounding', CapAmb: 'ambient' }
type Row = keyof typeof rows

/** proc_pid_status(5): the five rows, as numbers. */
function statusOf(text: string): Readonly<Record<Row, bigint>> {
  const row = (name: string): bigint => BigInt(`0x${new RegExp(`^${name}:\\s+([0-9a-f]+)$`, 'm').exec(text)?.[1] ?? 0}`)
  return Object.fromEntries(Object.keys(rows).map(name => [name, row(name)])) as Record<Row, bigint>
}
const bitOf = (name: string): bigint => 1n << BigInt(numbers[name as keyof typeof numbers])
const bitsOf = (names: readonly string[] = []): bigint => names.reduce((sum, name) => sum | bitOf(name), 0n)
const namesOf = (bits: bigint): string =>
  Object.keys(numbers)
    .filter(name => (bits & bitOf(name)) !== 0n)
    .join(', ') || 'nothing'

/** A few of those that the room itself has. */
function someOf(room: Room): Required<Capabilities> {
  const { CapPrm, CapBnd } = statusOf(room.read('/proc/self/status'))
  const ours = Object.keys(numbers).filter(name => (CapPrm & CapBnd & bitOf(name)) !== 0n)
  const bounding = Array.from({ length: 6 }, () => ours.splice(randomInt(ours.length), 1)[0]!)
  const permitted = bounding.slice(0, 4)
  return {
    bounding,
    permitted,
    effective: permitted.slice(0, 2),
    inheritable: permitted.slice(1),
    ambient: permitted.slice(2),
  }
}

/** capabilities(7) "Transformation of capabilities during execve()", for a program without any of its own. */
function afterExecve(uid: number, { bounding, inheritable, ambient }: Required<Capabilities>): Record<Row, bigint> {
  const gets = uid === 0 ? bitsOf(bounding) | bitsOf(inheritable) : bitsOf(ambient)
  return {
    CapInh: bitsOf(inheritable),
    CapPrm: gets,
    CapEff: gets,
    CapBnd: bitsOf(bounding),
    CapAmb: bitsOf(ambient),
  }
}

export async function whatExecveLeaves(room: Room): Promise<Failure | null> {
  const runtime = new RoomRuntime(room)
  for (const uid of [randomInt(1000, 60_000), 0]) {
    const capabilities = someOf(room)
    const change = (spec: Spec): Spec => ({
      ...spec,
      process: { ...spec.process, user: { uid, gid: uid }, capabilities },
    })
    const found = statusOf(await runtime.output(runtime.bundle(['grep', '^Cap', '/proc/self/status'], change)))
    const right = afterExecve(uid, capabilities)
    const wrong = (Object.keys(rows) as Row[]).find(row => found[row] !== right[row])
    if (wrong === undefined) continue
    const what = `of a program with uid ${uid}, what is ${rows[wrong]} in /proc/self/status`
    return differ(`${what} is ${namesOf(right[wrong])}`, `it is ${namesOf(found[wrong])}`)
  }
  return null
}

/**
 * lower: plan → what each process is given. The child lane becomes one program for the stage; the host lane is cut into
 * segments, one before the program is sent and one for each time the child hands over.
 *
 * Hand-overs are derived, never written: wherever the plan goes from child to host, the program gets one yield; and
 * one for each fd that the host leaves for the child.
 */

import { brings, isChildStep } from './ops.js'
import type { ChildStep, HostStep, Plan } from './step.js'

/** A step with its place in the plan, by which reports and traces speak of it. */
export interface Placed<S> {
  readonly index: number
  readonly step: S
}

export interface Lowered {
  readonly plan: Plan
  readonly program: readonly Placed<ChildStep>[]
  /** segments[0] runs before the program is sent, segments[n] while the stage waits in yield n. */
  readonly segments: readonly (readonly Placed<HostStep>[])[]
}

export function lower(plan: Plan): Lowered {
  const program: Placed<ChildStep>[] = []
  const segments: Placed<HostStep>[][] = [[]]
  let childSpoke = false
  plan.steps.forEach((step, index) => {
    if (isChildStep(step)) {
      program.push({ index, step })
      childSpoke = true
      return
    }
    // a turn bears one fd
    const bearsOne = brings(step) !== undefined && segments.at(-1)!.some(other => brings(other.step) !== undefined)
    if (childSpoke || bearsOne) {
      segments.push([])
      program.push({ index, step: handOver(segments.length - 1, step) })
      childSpoke = false
    }
    segments.at(-1)!.push({ index, step })
  })
  return { plan, program: program.map(entry => withFd(entry, segments)), segments }
}

const handOver = (turn: number, next: HostStep): ChildStep => ({
  op: 'yield',
  turn,
  phase: next.phase,
  why: `the host performs ${next.phase}`,
  by: 'lower',
})

function withFd(entry: Placed<ChildStep>, segments: readonly Placed<HostStep>[][]): Placed<ChildStep> {
  if (entry.step.op !== 'yield') return entry
  const role = segments[entry.step.turn]?.map(({ step }) => brings(step)).find(brought => brought !== undefined)
  return role === undefined ? entry : { ...entry, step: { ...entry.step, brings: role } }
}

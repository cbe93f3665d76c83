/** What every executor owes when a step fails: the very index, the very errno, and nothing left behind. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PerformHostStep } from '#core/exec/driver'
import type { Executor } from '#core/exec/executor'
import { runContainer, runProcess } from '#core/exec/foreground'
import type { Outcome } from '#core/exec/outcome'
import type { States } from '#core/exec/state'
import type { ErrnoName } from '#core/sys/constants'
import { nameOf, withFault } from '#support/fault'
import { lookAround, residueSince, type Scope } from '#support/residue'
import type { Example } from '../exec/example-plans.js'

export interface FaultWorld {
  readonly scope: Scope
  readonly states: States
  readonly perform: PerformHostStep
  /** What a run allocates of the host before it has a plan. */
  readonly reserve?: () => void
}

/** Errnos that no step of the examples tolerates; they take turns. */
const errnosInTurn: readonly ErrnoName[] = ['EIO', 'EPERM', 'ENOMEM']

/** @param open a fresh executor for each run */
export function faultSuite(name: string, open: () => Executor, world: FaultWorld, examples: readonly Example[]): void {
  for (const example of examples) {
    test(`${name} names step and errno and leaves nothing behind when any step of ${example.name} fails`, async () => {
      const before = lookAround(world.scope)
      for (const index of example.plan.steps.keys()) {
        const errno = errnosInTurn[index % errnosInTurn.length]!
        const outcome = await runFaulty(example, index, errno, open(), world)
        const where = `${example.name}, step ${nameOf(example.plan, index)}`
        assert.is(outcome.kind, 'failed', where)
        const { index: said, errno: named } = outcome as Extract<Outcome, { kind: 'failed' }>
        assert.equal([said, named], [index, errno], where)
        assert.equal(await residueSince(before, world.scope), [], where)
      }
    })
  }
}

function runFaulty(
  example: Example,
  index: number,
  errno: ErrnoName,
  executor: Executor,
  world: FaultWorld,
): Promise<Outcome> {
  const { plan, perform } = withFault(example.plan, index, errno)
  const start = { plan, executor, perform: perform(world.perform), interactive: false }
  if (example.chapter === 'ch1') return runProcess(start)
  const { states } = world
  const record = states.create({ id: example.id ?? `fault-${index}`, chapter: example.chapter, spec: null, undo: [] })
  world.reserve?.()
  return runContainer({ states, record, spec: example.spec }, start)
}

/**
 * A creator that dies: starts a container by a plan and kills itself while the child waits before a given step. What runs
 * at that moment it says on stdout, so that the test can see it end. It is given all it needs and imports little, because
 * there is one for each moment.
 *
 *   node creator.js '{"plan":{…},"spec":{…},"index":3,"run":"…","stage":"…"}'
 */

import * as fs from 'node:fs'
import { runContainer, runProcess } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { nativeExecutor } from '#core/exec/native'
import type { Outcome } from '#core/exec/outcome'
import { States } from '#core/exec/state'
import type { Plan } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import { probeFacts } from '#core/sys/probe'
import { descendantsOf } from '#support/descendants'
import { withHalt } from '#support/fault'

export interface Orders {
  readonly plan: Plan
  /** null: a process without a record, as ch1 runs it. */
  readonly spec: Spec | null
  readonly index: number
  readonly run: string
  /** The stage's binary. */
  readonly stage: string
}

const { plan: whole, spec, index, run, stage } = JSON.parse(process.argv[2]!) as Orders

const { plan, perform } = withHalt(whole, index, () => {
  fs.writeSync(1, `${JSON.stringify(descendantsOf(process.pid))}\n`)
  process.kill(process.pid, 'SIGKILL')
  return undefined
})
const start = {
  plan,
  executor: nativeExecutor(stage),
  perform: perform(host(run, cannedFacts.v2).perform),
  interactive: false,
}
let outcome: Outcome
if (spec === null) outcome = await runProcess(start)
else {
  const states = new States(run)
  const limited =
    spec.linux?.cgroupsPath === undefined ? null : (await import('#chapters/ch3-cgroups/extension')).extension
  const undo = limited?.reservations?.(spec, 'halted') ?? []
  const record = states.create({ id: 'halted', chapter: 'test', spec: null, undo })
  if (limited !== null) limited.reserve?.(spec, probeFacts(), host(run, cannedFacts.v2).shared)
  outcome = await runContainer({ states, record, spec }, start)
}
// it should not have come to this: why says whoever finds it alive
fs.writeSync(2, JSON.stringify(outcome))

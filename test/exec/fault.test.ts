/** A fault at every index of every example plan, in the real stage and in the recorded one. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'
import { recordExecutor } from '#core/exec/record'
import { States } from '#core/exec/state'
import { childOps } from '#core/plan/ops'
import type { ChildOp } from '#core/plan/step'
import { cannedFacts } from '#core/sys/facts'
import { probeFacts } from '#core/sys/probe'
import { isThere, needs } from '#support/needs'
import { newWorld } from '#support/world'
import { type FaultWorld, faultSuite } from '../suites/fault-suite.js'
import { connectedHere, engineHere, examplesHere } from './example-plans.js'

const world = newWorld()
const places = { rootfs: world.rootfs, source: world.directoryOf({}) }
const examples = [...(await examplesHere(places)), engineHere(places)]
const cabled = { rootfs: world.rootfs, directory: world.path(), facts: cannedFacts.v2 }
const { perform } = host(world.run, probeFacts())
const real: FaultWorld = { scope: { run: world.run, starts: true }, states: new States(world.run), perform }

faultSuite('the record executor', () => recordExecutor(), { ...real, perform: () => undefined }, [
  ...examples,
  ...(['bridge', 'user mode'] as const).map(mode => connectedHere(mode, cabled)),
])

/** Ops that no example has, each with the place where it is performed for real. */
const elsewhere: Readonly<Partial<Record<ChildOp, string>>> = {
  fault: 'is what the suite puts in the place of the others',
  yield: 'lower adds it: the examples with a user namespace take turns',
  setns: 'exec: strace.test, ch2-exec.test',
  open_cgroup: 'on cgroup v2 alone: ch3-cgroup2.test',
  setrlimit: '--ulimit: ch3-limit-files.test',
  mkdir_plain: 'escape: strace.test, ch1-escape.test',
  setdomainname: '--domainname: ch2-namespaces.test',
  move_root: 'the example with an id-mapped root, where the machine has those mounts',
  join: 'namespaces by path: ch7-run.test',
  chown: 'linux.devices: ch7-run.test',
  mount_copy_up: 'tmpcopyup: ch7-run.test, and podman',
  attach_mount: 'idmap of a mount: ch7-mounts.test',
  open_gate: 'create: ch7-lifecycle.test, ch7-killed.test',
  wait_gate: 'create: ch7-lifecycle.test, ch7-killed.test',
  set_mempolicy: 'linux.memoryPolicy: ch7-memory-policy.test',
  session_keyring: 'create: ch7-run.test',
  preserve_fds: '--preserve-fds: ch7-lifecycle.test, and podman',
  mount_root: 'the examples made of layers, for root alone; an ordinary user: ch4-userns.test',
}

test('every op of the child lane is in some example when it is not stated where else it is', () => {
  const used = new Set<string>(examples.flatMap(({ plan }) => plan.steps.map(({ op }) => op)))
  const unused = Object.keys(childOps).filter(op => !used.has(op))
  const isMapped = examples.some(({ name }) => name.endsWith('idmapped'))
  const isLayered = used.has('mount_root')
  assert.equal(
    unused.sort(),
    Object.keys(elsewhere)
      .filter(op => !(op === 'move_root' && isMapped) && !(op === 'mount_root' && isLayered))
      .sort(),
  )
})

if (isThere('root') && isThere('native')) {
  faultSuite('the native executor', () => nativeExecutor(findStage()!), real, examples)
} else {
  needs('root', 'native')('a fault at every index of the native executor is reported', () => undefined)
}

test.run()

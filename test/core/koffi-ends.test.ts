/** How a start by the koffi executor ends: exit codes, failing steps, deaths, and what it refuses to begin. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { examples as ch1Examples } from '#chapters/ch1-chroot/examples'
import { parts as ch1, escapeParts } from '#chapters/ch1-chroot/index'
import { examples } from '#chapters/ch2-namespaces/examples'
import { parts as ch2 } from '#chapters/ch2-namespaces/index'
import type { MiniDockerError } from '#core/errors'
import { koffiExecutor, refuseForKoffi } from '#core/exec/koffi'
import { findStage, nativeExecutor } from '#core/exec/native'
import { codeOf } from '#core/exec/outcome'
import { encodeProgram } from '#core/exec/program'
import { assemble, collect } from '#core/plan/assemble'
import { lower } from '#core/plan/lower'
import type { Plan, Step } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import type { ErrnoName } from '#core/sys/constants'
import { needs } from '#support/needs'
import { perform } from '#support/perform'
import { ch1Plan, ch2Plan, planFacts as facts, newRootfs, processOf, scratch, user } from '#support/plans'

const koffi = koffiExecutor()
const native = () => nativeExecutor(findStage()!)
const withRoot = needs('linux', 'root', 'inside')
const withBoth = needs('linux', 'root', 'native', 'inside')

/** Out of the jail again: a way to the host's programs. */
function escapePlan(args: readonly string[]): Plan {
  const spec: Spec = { ociVersion: '1.2.1', root: { path: newRootfs() }, process: processOf(args) }
  return collect(Object.values(escapeParts), spec, facts)
}

withRoot('the koffi executor leads out of the jail when it performs the escape', async () => {
  fs.writeFileSync(`${scratch}/mark`, 'outside')
  assert.is((await perform(koffi, escapePlan(['/bin/cat', `${scratch}/mark`]))).output, 'outside')
})

withRoot('the koffi executor reports the exit code when the program ends', async () => {
  for (const code of [0, 3, 255]) {
    for (const plan of [ch1Plan, ch2Plan]) {
      const { outcome, story } = await perform(koffi, plan(['inside', 'exit', String(code)]))
      assert.equal(outcome, { kind: 'exited', status: code << 8 })
      assert.ok(story.includes('running'))
    }
  }
})

withRoot('the koffi executor reports the signal when one ends the program', async () => {
  let init = 0
  const killed = await perform(koffi, ch2Plan(['inside', 'signals']), {
    onInit: pid => (init = pid),
    onRunning: () => process.kill(init, 'SIGKILL'),
  })
  assert.is(codeOf((killed.outcome as { status: number }).status), 137)
  let stage = 0
  const asked = await perform(koffi, ch1Plan(['inside', 'signals']), {
    onStage: pid => (stage = pid),
    // blocked and fetched: it does not matter whether the program is ready
    onRunning: () => setTimeout(() => process.kill(stage, 'SIGTERM'), 200),
  })
  assert.equal(asked.outcome, { kind: 'exited', status: 42 << 8 })
})

const failures: readonly (readonly [why: string, args: readonly string[], op: Step['op'], errno: ErrnoName])[] = [
  ['the program is not there', ['nothing'], 'lookup', 'ENOENT'],
  ['the program has no x bit', ['/etc/plain'], 'lookup', 'EACCES'],
  ['the program is a directory', ['/etc'], 'lookup', 'EACCES'],
  ['the program is below a file', ['/etc/plain/below'], 'lookup', 'ENOENT'],
  ['the program is a link to itself', ['/bin/loop'], 'lookup', 'ELOOP'],
  ['the program is no program', ['garbage'], 'execve', 'ENOEXEC'],
]
for (const [why, args, op, errno] of failures) {
  withRoot(`the koffi executor names step and errno when ${why}`, async () => {
    for (const plan of [ch1Plan(args), ch2Plan(args)]) {
      const { outcome, story } = await perform(koffi, plan)
      assert.equal(outcome, { kind: 'failed', index: plan.steps.findIndex(step => step.op === op), errno })
      assert.not.ok(story.includes('running'))
    }
  })
}

withBoth('the koffi executor says of a program that cannot be run what native says when it is looked up', async () => {
  const unreadable = (): Plan => {
    const plan = ch1Plan(['/tmp/inside'], { user })
    fs.chmodSync(`${plan.steps.find(step => step.op === 'chroot')!.path}/tmp`, 0o700)
    return plan
  }
  const plans: readonly (() => Plan)[] = [
    ...failures.map(
      ([, args]) =>
        () =>
          ch1Plan(args),
    ),
    () => ch1Plan(['loop'], { env: ['PATH=/bin:/etc'] }),
    () => ch1Plan(['loop'], { env: ['PATH=/etc:/bin:/tmp'] }),
    unreadable,
  ]
  for (const plan of plans) {
    const [one, other] = [await perform(koffi, plan()), await perform(native(), plan())]
    assert.is(other.outcome.kind, 'failed')
    assert.equal(one.outcome, other.outcome)
  }
})

withBoth('the koffi executor stops where native stops when a step fails', async () => {
  for (const op of ['unshare', 'fork', 'die_with_parent', 'mknod', 'pivot_root', 'close_fds'] as const) {
    const results = [koffi, native()].map(executor => {
      const { steps } = ch2Plan(['inside', 'exit'])
      const at = steps.findIndex(step => step.op === op)
      const { phase } = steps[at]!
      const faulty = steps.with(at, { op: 'fault', errno: 'EXDEV', phase, by: 'test', why: 'to see' })
      return { at, performed: perform(executor, { steps: faulty }) }
    })
    const [one, other] = await Promise.all(results.map(({ performed }) => performed))
    assert.equal(one!.outcome, { kind: 'failed', index: results[0]!.at, errno: 'EXDEV' })
    assert.equal(one, other)
  }
})

withRoot('the koffi executor goes on when a step fails with an errno that it tolerates', async () => {
  const fault: Step = {
    op: 'fault',
    errno: 'EBUSY',
    tolerate: ['ENOENT', 'EBUSY'],
    phase: 'enter',
    by: 'test',
    why: 'to see',
  }
  const { outcome, story } = await perform(koffi, { steps: [fault, ...ch1Plan(['inside', 'exit']).steps] })
  assert.is(outcome.kind, 'exited')
  assert.is(
    story.find(line => line.startsWith('step')),
    'step 0 EBUSY',
  )
})

const isRunning = (pid: number): boolean => /^State:\s[^ZX]/m.test(textOf(`/proc/${pid}/status`))
const textOf = (path: string): string => {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
async function ends(pid: number): Promise<void> {
  for (let tries = 0; isRunning(pid); tries++) {
    if (tries === 200) throw new Error(`${pid} still runs`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** Starts without the driver: its wait for the next report would keep the channel open. */
async function started(plan: Plan) {
  const nothing = fs.openSync('/dev/null', 'r+')
  const performance = koffi.open({ fds: [nothing, nothing, nothing] })
  fs.closeSync(nothing)
  const { channel } = performance
  for (let pid = 0; ; ) {
    const { kind, value } = (await channel.next())!.report
    if (kind === 'stage') channel.send(encodeProgram(lower(plan)))
    if (kind === 'stage' || kind === 'init') pid = value
    if (kind === 'running')
      return { pid, monitor: Number(/^PPid:\s(\d+)/m.exec(textOf(`/proc/${pid}/status`))![1]), performance }
  }
}
const waiting = [() => ch1Plan(['inside', 'signals']), () => ch2Plan(['inside', 'signals'])]

withRoot('the koffi executor leaves nothing behind when the CLI dies', async () => {
  for (const plan of waiting) {
    const { pid, monitor, performance } = await started(plan())
    assert.ok(isRunning(pid))
    await performance.end()
    await ends(pid)
    await ends(monitor)
  }
})

withRoot('the koffi executor leaves nothing behind when its monitor is killed', async () => {
  for (const plan of waiting) {
    const { pid, monitor, performance } = await started(plan())
    process.kill(monitor, 'SIGKILL')
    await performance.end()
    await ends(pid)
  }
})

withRoot('the koffi executor kills the orphans when the program ends without a pid namespace', async () => {
  const { outcome, output } = await perform(koffi, escapePlan(['/bin/sh', '-c', 'sleep 60 & echo $!']))
  assert.equal(outcome, { kind: 'exited', status: 0 })
  assert.not.ok(isRunning(Number(output)))
})

withRoot('the koffi executor starts when the environment is meant for another Node', async () => {
  process.env.NODE_OPTIONS = '--require /nonexistent'
  try {
    assert.is((await perform(koffi, ch1Plan(['inside', 'exit']))).outcome.kind, 'exited')
  } finally {
    delete process.env.NODE_OPTIONS
  }
})

const refusalOf = (plan: Plan): string => {
  try {
    refuseForKoffi(lower(plan))
  } catch (error) {
    return `${(error as MiniDockerError).class}: ${(error as MiniDockerError).line}`
  }
  return 'none'
}

test('refuseForKoffi refuses by name when a plan needs a user namespace, an init or a container to join', () => {
  const hint = '(build the native stage: npm run build)'
  const plan = (spec: Spec): Plan => assemble(Object.values(ch2), spec, facts)
  const why = 'a process with threads may not'
  assert.is(
    refusalOf(plan(examples.userns)),
    `Unsupported: the koffi executor cannot make a user namespace: ${why} ${hint}`,
  )
  assert.match(refusalOf(plan(examples.init)), 'the koffi executor cannot stay behind as init')
  const join: Step = { op: 'setns', fd: 'target', flags: ['CLONE_NEWNS'], phase: 'enter', by: 'test', why: 'to see' }
  assert.match(refusalOf({ steps: [join] }), 'the koffi executor cannot join a container')
})

test('refuseForKoffi lets every other example of ch1 and ch2 pass when it is asked', () => {
  for (const [name, spec] of Object.entries(examples)) {
    if (name === 'userns' || name === 'init') continue
    assert.is(refusalOf(assemble(Object.values(ch2), spec, facts)), 'none', name)
  }
  for (const spec of Object.values(ch1Examples)) assert.is(refusalOf(assemble(Object.values(ch1), spec, facts)), 'none')
})

withRoot('the koffi stage performs nothing when it is sent what it does not know', async () => {
  const supervised = assemble(Object.values(ch2), { ...examples.init, root: { path: newRootfs() } }, facts)
  const { outcome, story } = await perform(koffi, supervised)
  assert.equal(outcome, {
    kind: 'failed',
    index: supervised.steps.findIndex(step => step.op === 'supervise'),
    errno: 'ENOSYS',
  })
  assert.equal(story, ['stage', 'turn 0'])
})

test.run()

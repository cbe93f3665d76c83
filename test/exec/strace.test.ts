/** The plan is the whole truth: what strace sees of a start is what the ops declare, nothing less and nothing more. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ch1, escapeParts as escapeFromCh1 } from '#chapters/ch1-chroot/index'
import { ch2, escapeParts as escapeFromCh2 } from '#chapters/ch2-namespaces/index'
import { joinParts } from '#chapters/ch2-namespaces/join'
import { passesOf } from '#core/chapter'
import { host } from '#core/exec/host'
import { findStage } from '#core/exec/native'
import { assemble } from '#core/plan/assemble'
import { lower } from '#core/plan/lower'
import type { Plan } from '#core/plan/step'
import { ociVersion, type Spec } from '#core/spec/runtime'
import type { CloneFlag } from '#core/sys/constants'
import { pidfdOpen } from '#core/sys/libc'
import { probeFacts, which } from '#core/sys/probe'
import { start } from '#support/cli'
import { needs } from '#support/needs'
import { descendant, initOf } from '#support/processes'
import { newWorld } from '#support/world'
import { type Example, examplesHere } from './example-plans.js'
import { declaredCalls, mismatch, traced } from './system-calls.js'

const world = newWorld()
const { perform } = host(world.run, probeFacts())
const here = needs('root', 'native', 'strace')

test('mismatch names the step where the calls leave the pattern', () => {
  const declared = [
    { step: '0 chroot', pattern: 'chroot' },
    { step: '1 lookup', pattern: '(newfstatat faccessat2?)+' },
    { step: '2 execve', pattern: 'execve' },
  ]
  assert.is(mismatch(declared, ['chroot', 'newfstatat', 'newfstatat', 'faccessat2', 'execve']), null)
  assert.match(
    mismatch(declared, ['chroot', 'newfstatat', 'openat', 'execve'])!,
    /'execve' \(2 execve\), made 'openat execve'/,
  )
  assert.match(mismatch(declared, ['chroot', 'newfstatat', 'execve', 'close'])!, /nothing more, made 'close'/)
})

async function compare(plan: Plan, target?: number): Promise<void> {
  const lowered = lower(plan)
  const directory = world.directoryOf({})
  const { outcome, calls } = await traced(findStage()!, which('strace')!, directory, lowered, perform, target)
  assert.is(outcome.kind, 'exited', JSON.stringify(outcome))
  const declared = declaredCalls(lowered)
  assert.is(calls.length, declared.length, `processes in ${fs.readdirSync(directory)}`)
  for (const [i, process] of declared.entries()) assert.is(mismatch(process, calls[i]!), null, `process ${i}`)
}

const process = { args: ['true'], env: ['PATH=/usr/bin:/bin'], cwd: '/', user: { uid: 0, gid: 0 } }
const escapes: readonly Pick<Example, 'name' | 'plan'>[] = [
  { id: 'ch1', parts: escapeFromCh1, spec: ch1.examples.shell! },
  { id: 'ch2', parts: escapeFromCh2, spec: ch2.examples.container! },
].map(({ id, parts, spec }) => ({
  name: `${id} escape`,
  plan: assemble(passesOf(parts), { ...spec, root: { path: world.rootfs }, process }, probeFacts()),
}))

const examples = await examplesHere({ rootfs: world.rootfs, source: world.directoryOf({}) })
for (const { name, plan } of [...examples, ...escapes]) {
  here(`the system calls of ${name} are those that its ops declare when strace looks on`, () => compare(plan))
}

const namespaces = ['CLONE_NEWNS', 'CLONE_NEWUTS', 'CLONE_NEWIPC', 'CLONE_NEWNET', 'CLONE_NEWPID'] as const
const joinable: Readonly<Record<string, readonly [flags: string[], joined: readonly CloneFlag[], terminal: boolean]>> =
  {
    'a container': [[], namespaces, false],
    'a container on a terminal': [[], namespaces, true],
    'a container with users of its own': [['--userns'], ['CLONE_NEWUSER', ...namespaces], false],
    'a container with users of its own on a terminal': [['--userns'], ['CLONE_NEWUSER', ...namespaces], true],
  }
for (const [index, [name, [given, flags, terminal]]] of Object.entries(joinable).entries()) {
  const inside = needs('root', 'native', 'strace', ...(given.includes('--userns') ? ['user namespaces'] : []))
  inside(`the system calls of exec in ${name} are those that its ops declare when strace looks on`, async () => {
    const id = `joined-${index}`
    const cli = start(world, ['ch2', 'run', '--name', id, ...given, 'sleep', '60'])
    const pid = await initOf(world, id)
    await descendant(cli.pid, 'sleep') // past its last step
    const pidfd = pidfdOpen(pid)
    try {
      const spec: Spec = { ociVersion, root: { path: `/proc/${pid}/root` }, process: { ...process, terminal } }
      const parts = joinParts({ pid, flags, setgroupsDenied: false })
      await compare(assemble(passesOf(parts), spec, probeFacts()), pidfd)
    } finally {
      fs.closeSync(pidfd)
      globalThis.process.kill(pid, 'SIGKILL')
      await cli.done
    }
  })
}

test.run()

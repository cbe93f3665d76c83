/**
 * arm64: the stage cross-compiled, and run under qemu-user as far as that goes. qemu translates the stage's system calls to
 * this kernel's, so a wrong number or a struct of another layout shows; the program inside may be this machine's own.
 *
 * What qemu-user cannot: clone with CLONE_PARENT (fork) and unshare of a user namespace, as it has threads of its own, and
 * openat2, which 7.2 does not know. So ch1 runs whole, ch2 up to its fork, and without fork and mounts up to its program.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ch2 } from '#chapters/ch2-namespaces/index'
import { passesOf } from '#core/chapter'
import type { Executor } from '#core/exec/executor'
import { host } from '#core/exec/host'
import { throughChild } from '#core/exec/through-child'
import { collect } from '#core/plan/assemble'
import { isChildStep } from '#core/plan/ops'
import type { Plan, Step } from '#core/plan/step'
import { isolates, type Spec } from '#core/spec/runtime'
import {
  atFlags,
  cloneFlags,
  errnos,
  FD_CLOEXEC,
  fcntlCommands,
  ioctls,
  mountAttributes,
  mountFlags,
  openFlags,
  pollEvents,
  prctlOptions,
  seals,
  signals,
  sockets,
  syscallNumbers,
  termios,
} from '#core/sys/constants'
import { probeFacts, which } from '#core/sys/probe'
import { spawn } from '#core/sys/spawn'
import { needs } from '#support/needs'
import { perform } from '#support/perform'
import { filesBelow, repository } from '#support/repository'
import { leftovers, newWorld } from '#support/world'
import { examplesHere } from './example-plans.js'

const world = newWorld()
const facts = probeFacts()
const compilers = { x64: 'gcc', arm64: 'aarch64-linux-gnu-gcc' } as const
const crossed = needs('root', compilers.arm64, 'qemu-aarch64')
const stage = world.path('stage')

const compile = (compiler: string, files: readonly string[], target: string): void =>
  void execFileSync(compiler, ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-static', '-o', target, ...files], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })

/** Compiled once, by whichever test comes first. */
function armStage(): string {
  if (fs.existsSync(stage)) return stage
  const sources = filesBelow('native', '.c').filter(path => !path.startsWith('native/inside'))
  const files = sources.map(path => `${repository}${path}`)
  compile(compilers.arm64, files, stage)
  return stage
}

const underQemu: Executor = {
  name: 'native',
  open({ fds }) {
    return throughChild(farEnd =>
      spawn(which('qemu-aarch64')!, ['qemu-aarch64', armStage(), 'monitor'], [], [...fds, farEnd]),
    )
  },
}

const start = (plan: Plan) => perform(underQemu, plan, {}, host(world.run, facts).perform)
/** As `perform` tells it: the steps of the child lane up to one that fails. */
const told = (plan: Plan, end: number): string[] =>
  plan.steps.slice(0, end).flatMap((step, index) => (isChildStep(step) ? [`step ${index} ok`] : []))
const steps = (story: readonly string[]): string[] =>
  story.map(line => line.replace('EEXIST', 'ok')).filter(line => line.startsWith('step '))

const refusedByQemu = (step: Step): boolean =>
  step.op === 'fork' || (step.op === 'unshare' && step.flags.includes('CLONE_NEWUSER'))

for (const { name, plan, spec } of await examplesHere({
  rootfs: world.rootfs,
  source: world.directoryOf({}),
})) {
  if (!plan.steps.some(refusedByQemu)) {
    crossed(`${name} runs to its end when the stage is arm64's`, async () => {
      const { outcome, story } = await start(plan)
      assert.equal(outcome, { kind: 'exited', status: 0 })
      assert.equal(steps(story), told(plan, plan.steps.length))
      assert.equal(await leftovers(world), [])
    })
  } else {
    crossed(
      `${name} goes as far as ${isolates(spec, 'user') ? 'its user namespace' : 'fork'} when the stage is arm64's`,
      async () => {
        const index = plan.steps.findIndex(refusedByQemu)
        const { outcome, story } = await start(plan)
        assert.equal(outcome, { kind: 'failed', index, errno: 'EINVAL' })
        assert.equal(steps(story), told(plan, index))
        assert.equal(await leftovers(world), [])
      },
    )
  }
}

const user = { uid: 1000, gid: 1001, umask: 0o027, additionalGids: [7] }
const withoutMounts: Spec = {
  ociVersion: '1.2.1',
  root: { path: world.rootfs },
  hostname: 'box',
  domainname: 'home',
  process: { args: ['sh', '-c', 'hostname; pwd; id -u; umask; ls -d /*'], env: ['PATH=/bin'], cwd: '/tmp', user },
  linux: { namespaces: [{ type: 'mount' }, { type: 'uts' }, { type: 'ipc' }, { type: 'network' }, { type: 'cgroup' }] },
}

crossed('a root of its own, names and a user are there when ch2 is left without fork and mounts on arm64', async () => {
  const whole = collect(passesOf(ch2.parts), withoutMounts, facts)
  const plan: Plan = { steps: whole.steps.filter(({ op }) => op !== 'fork') }
  const { outcome, output, story } = await start(plan)
  assert.equal(outcome, { kind: 'exited', status: 0 }, output)
  assert.equal(steps(story), told(plan, plan.steps.length))
  const top = fs.readdirSync(world.rootfs).map(name => `/${name}`)
  assert.is(output, ['box', '/tmp', '1000', '0027', ...top.sort(), ''].join('\n'))
  assert.equal(await leftovers(world), [])
})

/** Prints the value of each name, a line each. */
function valuesOf(compiler: string, emulator: readonly string[], headers: readonly string[], names: readonly string[]) {
  const source = world.path('values.c')
  const target = world.path(`values.${compiler}`)
  const includes = ['stdio.h', ...headers].map(header => `#include <${header}>\n`).join('')
  const prints = names.map(name => `  printf("%lld\\n", (long long)(${name}));\n`).join('')
  fs.writeFileSync(source, `#define _GNU_SOURCE\n${includes}int main(void) {\n${prints}  return 0;\n}\n`)
  compile(compiler, [source], target)
  const [program, ...args] = [...emulator, target]
  const lines = execFileSync(program!, args, { encoding: 'utf8' }).trim().split('\n')
  return Object.fromEntries(names.map((name, i) => [name, Number(lines[i])]))
}

const calls = Object.entries(syscallNumbers)
const { TIOCSCTTY, TIOCSWINSZ, TIOCGPTPEER, TIOCSPTLCK } = ioctls
const tables = {
  'errno.h': errnos,
  'signal.h': signals,
  'linux/sched.h': cloneFlags,
  'linux/mount.h': { ...mountFlags, ...mountAttributes },
  'fcntl.h': { ...openFlags, ...fcntlCommands, ...seals, FD_CLOEXEC },
  'linux/fcntl.h': atFlags,
  'poll.h': pollEvents,
  'sys/prctl.h': prctlOptions,
  'asm/ioctls.h': { TIOCSCTTY, TIOCSWINSZ, TIOCGPTPEER, TIOCSPTLCK },
  'sys/socket.h': sockets,
  'termios.h': termios,
}

for (const [architecture, compiler] of Object.entries(compilers) as ['x64' | 'arm64', string][]) {
  const emulator = process.arch === architecture ? [] : [`qemu-${architecture === 'arm64' ? 'aarch64' : 'x86_64'}`]
  const here = needs('linux', compiler, ...emulator)

  here(`the numbers of system calls are those of the kernel's headers when compiled for ${architecture}`, () => {
    const expected = Object.fromEntries(calls.map(([name, numbers]) => [`SYS_${name}`, numbers[architecture]]))
    assert.equal(valuesOf(compiler, emulator, ['sys/syscall.h'], Object.keys(expected)), expected)
  })

  for (const [header, table] of Object.entries(tables)) {
    here(`the numbers of ${header} are those in constants.ts when compiled for ${architecture}`, () => {
      assert.equal(valuesOf(compiler, emulator, [header], Object.keys(table)), { ...table })
    })
  }
}

test.run()

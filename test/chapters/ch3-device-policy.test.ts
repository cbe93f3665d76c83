/**
 * Device rules: what our program answers on v2, what our lines to v1 lead to, and what this kernel does itself, for rules
 * made at random. The model is the kernel's own, by the letter of its documentation (cgroup-v1/devices.rst).
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deviceProgram } from '#chapters/ch3-cgroups/limits/device-program'
import { defaultRules, policyOf } from '#chapters/ch3-cgroups/limits/device-rules'
import { devices } from '#chapters/ch3-cgroups/limits/devices'
import { host } from '#core/exec/host'
import type { HostStep, Instruction } from '#core/plan/step'
import type { DeviceRule } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'
import { probeFacts } from '#core/sys/probe'
import { needs } from '#support/needs'
import { newWorld, nonce } from '#support/world'

const world = newWorld()

interface Request {
  readonly type: 'b' | 'c'
  readonly major: number
  readonly minor: number
  /** Letters of rwm. */
  readonly access: string
}

const numbers = (...some: number[]) => fc.constantFrom(...some, undefined, -1)
const rule: fc.Arbitrary<DeviceRule> = fc
  .record({
    allow: fc.boolean(),
    type: fc.constantFrom('a', 'b', 'c', undefined),
    major: numbers(1, 7),
    minor: numbers(3, 5, 8),
    access: fc.constantFrom('r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm', '', undefined),
  })
  .map(
    all => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as DeviceRule,
  )
const rules = fc.array(rule, { maxLength: 6 })
const request: fc.Arbitrary<Request> = fc.record({
  type: fc.constantFrom('b', 'c'),
  major: fc.constantFrom(1, 7, 300),
  minor: fc.constantFrom(3, 5, 8, 70_000),
  access: fc.constantFrom('r', 'w', 'rw', 'm'),
})

/** A list of exceptions from what holds for all, each kept by its three names. */
function model(all: readonly DeviceRule[], { type, major, minor, access }: Request): boolean {
  let allowed = true
  let exceptions = new Map<string, Set<string>>()
  const nameOf = (number: number | undefined): string => (number === undefined || number < 0 ? '*' : String(number))
  for (const { allow, type: kind = 'a', major: of, minor: and, access: letters } of all) {
    const what = letters || 'rwm'
    if (kind === 'a' && nameOf(of) === '*' && nameOf(and) === '*' && what === 'rwm') {
      allowed = allow
      exceptions = new Map()
      continue
    }
    for (const one of kind === 'a' ? ['b', 'c'] : [kind]) {
      const key = `${one} ${nameOf(of)}:${nameOf(and)}`
      const known = exceptions.get(key) ?? new Set()
      for (const letter of what) {
        if (allow === allowed) known.delete(letter)
        else known.add(letter)
      }
      exceptions.set(key, known)
    }
  }
  const names = [`${major}:${minor}`, `${major}:*`, `*:${minor}`, '*:*'].map(name => exceptions.get(`${type} ${name}`))
  const wanted = [...access]
  // one exception has to allow all of it; any that denies some of it denies
  return allowed
    ? !names.some(known => wanted.some(letter => known?.has(letter)))
    : names.some(known => wanted.every(letter => known?.has(letter)))
}

const bits: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 }
const maskOf = (access: string): number => [...access].reduce((mask, letter) => mask | bits[letter]!, 0)

/** The kernel's virtual machine, as far as the program needs it: instruction-set.rst. */
function answer(program: readonly Instruction[], { type, major, minor, access }: Request): boolean {
  const question = [(maskOf(access) << 16) | { b: 1, c: 2 }[type], major, minor]
  const registers = new Array<number>(11).fill(Number.NaN)
  for (let at = 0; at < program.length; at++) {
    const { code, dst, src, off, imm } = program[at]!
    if (code === 0x61) {
      assert.is(src, 1, 'r1 alone points to anything')
      registers[dst] = question[off / 4]!
    } else if (code === 0xbf) registers[dst] = registers[src]!
    else if (code === 0xb7) registers[dst] = imm
    else if (code === 0x57) registers[dst]! &= imm
    else if (code === 0x77) registers[dst]! >>>= imm
    else if (code === 0x55) at += registers[dst] === imm ? 0 : off
    else if (code === 0x15) at += registers[dst] === imm ? off : 0
    else if (code === 0x95) return registers[0] === 1
    else assert.unreachable(`code ${code}`)
  }
  throw new Error('it runs past its end')
}

test('the program answers as the rules say when rules and devices are any', () => {
  const property = fc.property(
    rules,
    request,
    (all, one) => answer(deviceProgram(policyOf(all)), one) === model(all, one),
  )
  fc.assert(property, { numRuns: 5000 })
})

test("Docker's rules let in what they name when they are a program", () => {
  const ask = (type: 'b' | 'c', major: number, minor: number, access: string): boolean =>
    answer(deviceProgram(policyOf(defaultRules)), { type, major, minor, access })
  assert.ok(ask('c', 1, 3, 'rw') && ask('c', 5, 2, 'rw') && ask('c', 136, 17, 'rw') && ask('b', 8, 0, 'm'))
  assert.not.ok(ask('c', 1, 1, 'r') || ask('b', 8, 0, 'r') || ask('c', 10, 229, 'rw') || ask('b', 1, 3, 'r'))
})

test('a rule for both types does not become one for all devices when it is written to v1', () => {
  const spec = (one: DeviceRule) => ({
    ociVersion: '1.2.1',
    root: { path: '/' },
    process: { args: ['x'], env: [], cwd: '/', user: { uid: 0, gid: 0 } },
    linux: { cgroupsPath: '/mini-docker/x', resources: { devices: [one] } },
  })
  const lines = (one: DeviceRule): unknown[] =>
    devices(spec(one), cannedFacts.v1).map(step => (step.op === 'write_cgroup' ? step.data : step.op))
  assert.equal(lines({ allow: true, type: 'a', major: 10, minor: 200, access: 'rw' }), ['b 10:200 rw', 'c 10:200 rw'])
  assert.equal(lines({ allow: true, access: 'r' }), ['b *:* r', 'c *:* r'])
  assert.equal(lines({ allow: false }), ['a'])
})

/* The kernel itself: a cgroup of ours for each list of rules, and a shell in it that tries. */

const tried: readonly Request[] = [
  ...[3, 5, 8].flatMap(minor => ['r', 'w', 'rw', 'm'].map(access => ({ type: 'c' as const, major: 1, minor, access }))),
  { type: 'b', major: 7, minor: 3, access: 'm' },
]

function kernelAnswers(facts: Facts, all: readonly DeviceRule[]): boolean[] {
  const group = `/mini-docker-${nonce()}`
  const process = { args: ['sh'], env: [], cwd: '/', user: { uid: 0, gid: 0 } }
  const spec = {
    ociVersion: '1.2.1',
    root: { path: '/' },
    process,
    linux: { cgroupsPath: group, resources: { devices: all } },
  }
  const directory = `${facts.hierarchies[0]!.home}${group}`
  fs.mkdirSync(directory)
  try {
    for (const step of devices(spec, facts)) host(world.run, facts).perform(step as HostStep, {})
    const lines = tried.map(({ type, major, minor, access }) => {
      const node = `${nodes}/${minor}`
      const redirected = { r: `<${node}`, w: `>${node}`, rw: `<>${node}` }[access]
      const act =
        redirected === undefined ? `mknod ${nodes}/new ${type} ${major} ${minor} && rm ${nodes}/new` : `: ${redirected}`
      return `(${act}) 2>${nodes}/said && echo yes || echo no`
    })
    const script = [`echo $$ > ${directory}/cgroup.procs`, ...lines].join('\n')
    const said = execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    return said
      .trim()
      .split('\n')
      .map(word => word === 'yes')
  } finally {
    fs.rmdirSync(directory)
  }
}

const nodes = world.directoryOf({})

function compare(facts: Facts): void {
  for (const minor of [3, 5, 8].filter(one => !fs.existsSync(`${nodes}/${one}`))) {
    execFileSync('mknod', ['-m', '666', `${nodes}/${minor}`, 'c', '1', String(minor)])
  }
  const lists = fc.sample(fc.array(rule, { minLength: 1, maxLength: 5 }), 25)
  for (const all of lists) {
    const expected = tried.map(one => model(all, one))
    assert.equal(kernelAnswers(facts, all), expected, JSON.stringify(all))
  }
}

const only = (keep: (one: Facts['hierarchies'][number]) => boolean): Facts => {
  const facts = { ...probeFacts() }
  return { ...facts, hierarchies: facts.hierarchies.filter(keep) }
}

const v1 = probeFacts().hierarchies.some(({ version, controllers }) => version === 1 && controllers.includes('devices'))
needs(
  'root',
  'mknod',
  ...(v1 ? [] : ['controller devices of cgroup v1']),
)('the kernel answers as the rules say when they are written to v1', () =>
  compare(only(({ controllers }) => controllers.includes('devices'))),
)

const v2 = probeFacts().hierarchies.some(({ version }) => version === 2)
needs(
  'root',
  'mknod',
  ...(v2 ? [] : ['cgroup v2']),
)('the kernel answers as the rules say when it is asked through the program', () =>
  compare(only(({ version }) => version === 2)),
)

test.run()

import * as os from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Arg,
  childOpByNumber,
  childOps,
  encodeArgs,
  hostOps,
  isChildStep,
  isHostStep,
  manPage,
  numberOf,
  roles,
  tagsOf,
  words,
} from '#core/plan/ops'
import type { ChildOp, ChildStep } from '#core/plan/step'
import { errnos, signals } from '#core/sys/constants'
import { examplePlans } from '#support/examples'
import { needs } from '#support/needs'
import { enumsLike } from '#support/protocol'
import { readSource } from '#support/repository'
import { childSteps, hostSteps } from '#support/steps'

/** native/ops.h: `OP(mount, "sssis")`. */
const native = [...readSource('native/ops.h').matchAll(/^ {2}OP\((\w+), "([isvb]*)"\)/gm)].map(
  ([, name, letters]) => ({ name, letters }) as { name: ChildOp; letters: string },
)
const lettersOf = new Map(native.map(({ name, letters }) => [name, letters]))

const letterOf = (arg: Arg): string => {
  if (typeof arg === 'number') return 'i'
  if (arg === null || typeof arg === 'string') return 's'
  return arg instanceof Uint8Array ? 'b' : 'v'
}
const letters = (step: ChildStep): string => encodeArgs(step).map(letterOf).join('')

test('the stage knows the same ops in the same order when its header is read', () => {
  assert.ok(native.length > 30, 'the header is read at all')
  assert.equal(
    native.map(({ name }) => name),
    Object.keys(childOps),
  )
  native.forEach(({ name }, number) => {
    assert.is(numberOf(name), number)
    assert.is(childOpByNumber(number), name)
  })
  assert.is(childOpByNumber(native.length), undefined)
})

test('fd roles have the numbers of the stage when its header is read', () => {
  const named = Object.entries(roles).map(([name, number]) => [`ROLE_${name.toUpperCase()}`, number])
  assert.equal(
    enumsLike('ROLE_').filter(([name]) => name !== 'ROLE_COUNT'),
    named,
  )
})

test('every op sends the arguments that the stage wants when it is encoded by hand', () => {
  assert.equal(
    childSteps.map(({ op }) => op),
    Object.keys(childOps),
    'there is a sample of each',
  )
  for (const step of childSteps) assert.is(letters(step), lettersOf.get(step.op), step.op)
})

test('every step sends the arguments that the stage wants when it stands in an example', () => {
  for (const { name, plan } of examplePlans) {
    for (const step of plan.steps.filter(isChildStep))
      assert.is(letters(step), lettersOf.get(step.op), `${name}: ${step.op}`)
  }
})

test('only mount sends nothing in the place of a text when its plan leaves it out', () => {
  for (const { name, plan } of examplePlans) {
    for (const step of plan.steps.filter(isChildStep)) {
      assert.ok(step.op === 'mount' || !encodeArgs(step).includes(null), `${name}: ${step.op}`)
    }
  }
})

test('no text holds a NUL when a step is encoded', () => {
  for (const { plan } of examplePlans) {
    for (const arg of plan.steps.filter(isChildStep).flatMap(encodeArgs)) {
      const texts = typeof arg === 'string' ? [arg] : Array.isArray(arg) ? (arg as string[]) : []
      assert.not(texts.some(text => text.includes('\0')))
    }
  }
})

test('the stage has a function for every op when its sources are read', () => {
  const sources = [
    'ns',
    'mount',
    'cred',
    'file',
    'exec',
    'console',
    'net',
    'supervise',
    'stage',
    'children',
    'privilege',
    'attributes',
    'mask',
    'copy-up',
  ]
    .map(name => readSource(`native/${name}.c`))
    .join('\n')
  for (const { name } of native) assert.match(sources, new RegExp(`\\bop_${name}\\(`), name)
})

test('an op belongs to one lane when it is looked up', () => {
  assert.equal(
    hostSteps.map(({ op }) => op),
    Object.keys(hostOps),
    'there is a sample of each',
  )
  for (const step of [...childSteps, ...hostSteps]) assert.is.not(isChildStep(step), isHostStep(step), step.op)
})

test('every op cites a manual page and can be said in one line when it is explained', () => {
  for (const step of [...childSteps, ...hostSteps]) {
    assert.match(manPage(step), /^[\w.-]+\([1-8]\w*\)$/, step.op)
    assert.not.match(words(step), /\n|undefined|NaN|\[object/, step.op)
    assert.ok(words(step).length > 4, step.op)
  }
})

test('every op is found by its name when tags are asked for', () => {
  for (const step of [...childSteps, ...hostSteps]) {
    const [name, ...more] = tagsOf(step)
    assert.is(name, step.op)
    for (const tag of more) assert.match(tag, /^[a-z_]+\.\S+$/, step.op)
  }
})

/** The pattern language of `calls`: names with an optional ? or +, groups in parentheses. */
const callPattern = /^(|(\(?[a-z_0-9]+\)?[?+]?)( \(?[a-z_0-9]+\??\)?[?+]?)*)$/

test('every op of the child says which system calls it makes when its row is read', () => {
  for (const [op, { calls }] of Object.entries(childOps)) {
    assert.match(calls, callPattern, op)
    assert.is(calls === '', op === 'fault', op)
  }
})

const onLinux = needs('linux')

onLinux('errnos and signals have the numbers of this machine when compared', () => {
  for (const [name, number] of Object.entries(os.constants.errno)) {
    if (Object.hasOwn(errnos, name)) assert.is(errnos[name as keyof typeof errnos], number, name)
  }
  for (const [name, number] of Object.entries(os.constants.signals)) {
    if (Object.hasOwn(signals, name)) assert.is(signals[name as keyof typeof signals], number, name)
  }
})

test.run()

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeProgram, encodeProgram as encode, headerLength, programLength } from '#core/exec/program'
import { lower } from '#core/plan/lower'
import { encodeArgs, numberOf } from '#core/plan/ops'
import type { ChildStep, FdRole } from '#core/plan/step'
import { errnos } from '#core/sys/constants'
import { examplePlans } from '#support/examples'
import { enumOf, fieldsOf, headerText, numberIn } from '#support/protocol'
import { anyChildStep, childSteps } from '#support/steps'

const encodeProgram = (...what: Parameters<typeof encode>): Buffer => Buffer.from(encode(...what))
const program = (...steps: ChildStep[]) => encodeProgram(lower({ steps }))
const at = { phase: 'root', why: 'test', by: 'test' } as const
const recordOf = (step: ChildStep): Buffer => program(step).subarray(headerLength)

function checkRoundTrip(steps: readonly ChildStep[]): void {
  const lowered = lower({ steps })
  const { records } = decodeProgram(encodeProgram(lowered))
  assert.equal(
    records,
    lowered.program.map(({ index, step }) => ({
      op: numberOf(step.op),
      index,
      tolerated: (step.tolerate ?? []).map(name => errnos[name]),
      args: encodeArgs(step),
    })),
  )
}

test('decodeProgram gives back what was encoded when the steps are any', () => {
  fc.assert(fc.property(fc.array(anyChildStep, { maxLength: 20 }), checkRoundTrip))
})

test('decodeProgram gives back what was encoded when there is one step of every op', () => {
  checkRoundTrip(childSteps)
})

test('encodeProgram says its own length when the plan is an example', () => {
  for (const { name, plan } of examplePlans) {
    const bytes = encodeProgram(lower(plan))
    assert.is(programLength(bytes.subarray(0, headerLength)), bytes.length, name)
    assert.is(bytes.length % 8, 0, name)
  }
})

test('encodeProgram asks for a trace when told to', () => {
  const lowered = lower({ steps: [childSteps[0]!] })
  assert.is(decodeProgram(encodeProgram(lowered)).trace, false)
  assert.is(decodeProgram(encodeProgram(lowered, { trace: true })).trace, true)
  assert.is(encodeProgram(lowered, { trace: true }).readUInt32LE(12), enumOf('FLAG_TRACE'))
})

test('decodeProgram throws a RangeError when the bytes are cut short', () => {
  const bytes = program(...childSteps)
  for (let length = 0; length < bytes.length; length += 7) {
    assert.throws(
      () => decodeProgram(bytes.subarray(0, length)),
      (error: unknown) => error instanceof RangeError,
      `${length} bytes`,
    )
  }
})

test('decodeProgram throws a RangeError when the magic is another', () => {
  const bytes = program(childSteps[0]!)
  bytes.writeUInt32LE(1, 0)
  assert.throws(
    () => decodeProgram(bytes),
    (error: unknown) => error instanceof RangeError,
  )
})

test('the header has the magic and the fields of protocol.h when it is encoded', () => {
  const bytes = program(childSteps[0]!, childSteps[1]!)
  const { offset, size } = fieldsOf('header')
  assert.is(size, headerLength)
  assert.is(bytes.readUInt32LE(offset('magic')), numberIn(/PROGRAM_MAGIC (0x[0-9a-f]+)u/))
  assert.is(bytes.readUInt32LE(offset('length')), bytes.length - headerLength)
  assert.is(bytes.readUInt32LE(offset('records')), 2)
})

test('a record has the fields of protocol.h when it is encoded', () => {
  const step: ChildStep = { ...at, op: 'mkdir', target: '/x', mode: 0o755, tolerate: ['EEXIST', 'EROFS'] }
  const bytes = encodeProgram({ plan: { steps: [] }, program: [{ index: 7, step }], segments: [[]] }).subarray(
    headerLength,
  )
  const { offset, size } = fieldsOf('record')
  assert.is(bytes.readUInt16LE(offset('op')), numberOf('mkdir'))
  assert.is(bytes.readUInt16LE(offset('index')), 7)
  assert.is(bytes.readUInt16LE(offset('arguments')), 2)
  assert.is(bytes.readUInt16LE(offset('tolerated')), 2)
  assert.is(bytes.readUInt32LE(offset('length')), bytes.length)
  assert.is(bytes.readUInt32LE(size), errnos.EEXIST)
})

test('arguments have the types of protocol.h when they are encoded', () => {
  const { size } = fieldsOf('record')
  const typeOf = (step: ChildStep): number => recordOf(step).readUInt32LE(size)
  assert.is(typeOf({ ...at, op: 'umask', mask: 0 }), enumOf('ARG_INT'))
  assert.is(typeOf({ ...at, op: 'chroot', path: '/' }), enumOf('ARG_STRING'))
  assert.is(typeOf({ ...at, op: 'lookup', candidates: [] }), enumOf('ARG_VECTOR'))
  assert.is(typeOf({ ...at, op: 'setgroups', gids: [] }), enumOf('ARG_BYTES'))
  const mount: ChildStep = { ...at, op: 'mount', source: null, target: '/', fstype: null, flags: [], data: null }
  assert.is(typeOf(mount), enumOf('ARG_NULL'))
})

test('fd roles have the numbers of protocol.h when they are encoded', () => {
  for (const fd of ['root', 'target', 'tree'] satisfies FdRole[]) {
    assert.equal(encodeArgs({ ...at, op: 'fchdir', fd }), [enumOf(`ROLE_${fd.toUpperCase()}`)])
  }
})

test('a program fits what the stage takes when its command line is as long as execve allows', () => {
  const args = Array.from({ length: 48 }, () => 'x'.repeat(128 * 1024 - 1)) // MAX_ARG_STRLEN, 6 MiB in all
  const limit = 16 * 2 ** 20
  assert.match(headerText, /PROGRAM_LIMIT \(16u << 20\)/)
  assert.ok(program({ ...at, op: 'execve', args, env: [] }).length < limit)
})

test.run()

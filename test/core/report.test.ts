import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeReport, encodeReport, REPORT_LENGTH, type Report, type ReportKind } from '#core/exec/report'
import { enumOf, enumsLike, fieldsOf } from '#support/protocol'

const kinds: readonly ReportKind[] = ['stage', 'step', 'yield', 'init', 'fail', 'execing', 'running', 'exit', 'fd']
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const anyReport: fc.Arbitrary<Report> = fc.record(
  {
    kind: fc.constantFrom(...kinds),
    index: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    start: u64,
    end: u64,
  },
  { noNullPrototype: true },
)

test('decodeReport gives back what was encoded when the report is any', () => {
  fc.assert(
    fc.property(anyReport, report => {
      const bytes = encodeReport(report)
      assert.is(bytes.length, REPORT_LENGTH)
      assert.equal(decodeReport(bytes), report)
    }),
  )
})

test('reports have the kinds of protocol.h when they are encoded', () => {
  assert.is(enumsLike('REPORT_').length, kinds.length)
  for (const kind of kinds) {
    const bytes = encodeReport({ kind, index: 0, value: 0, start: 0n, end: 0n })
    assert.is(bytes.readUInt32LE(0), enumOf(`REPORT_${kind.toUpperCase()}`), kind)
  }
})

test('reports have the layout of protocol.h when they are encoded', () => {
  const { offset, size } = fieldsOf('report')
  const bytes = encodeReport({ kind: 'fail', index: 9, value: -2, start: 3n, end: 4n })
  assert.is(size, REPORT_LENGTH)
  assert.is(bytes.readUInt32LE(offset('index')), 9)
  assert.is(bytes.readInt32LE(offset('value')), -2)
  assert.is(bytes.readBigUInt64LE(offset('start')), 3n)
  assert.is(bytes.readBigUInt64LE(offset('end')), 4n)
})

test('decodeReport throws a RangeError when the kind is unknown', () => {
  for (const kind of [0, kinds.length + 1, 2 ** 32 - 1]) {
    const bytes = Buffer.alloc(REPORT_LENGTH)
    bytes.writeUInt32LE(kind, 0)
    assert.throws(() => decodeReport(bytes), /^report of unknown kind/)
  }
})

test.run()

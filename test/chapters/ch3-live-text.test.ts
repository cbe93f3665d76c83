/** What ch3's live commands make of the kernel's texts, whatever these are; no container is needed. */

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as text from '#chapters/ch3-cgroups/live/kernel-text'
import { ageOf, clockOf, processIn } from '#chapters/ch3-cgroups/live/processes'
import type { Sample } from '#chapters/ch3-cgroups/live/sample'
import { statsLine } from '#chapters/ch3-cgroups/live/stats-line'
import { statsHeading, statsRow } from '#chapters/ch3-cgroups/live/stats-table'
import { plain, redraw, tableOf } from '#chapters/ch3-cgroups/live/table'

const tops = fc.constantFrom(
  'some avg10=',
  'eth0:',
  '8:0 Read ',
  '8:0 rbytes=',
  ' wbytes=',
  'usage_usec ',
  'max ',
  '9',
  ')',
)
/** Text as the kernel might write it, broken in any place. */
const odd = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.oneof(tops, fc.string(), fc.constant('\n'), fc.constant(' '), fc.nat().map(String)), { maxLength: 30 })
    .map(all => all.join('')),
)
const isNumber = (value: number | null): boolean => value === null || (Number.isFinite(value) && value >= 0)

test('a number, a limit and a share are numbers or nothing when the text is any', () => {
  fc.assert(
    fc.property(odd, fc.string(), (any, key) => {
      for (const read of [text.numberIn, text.limitIn, text.pressureIn, text.cpusIn])
        assert.ok(isNumber(read(any)), `${any}`)
      assert.ok(isNumber(text.valueOf(any, key)))
      for (const both of [text.networkIn(any, 'eth0'), text.diskBytesV1(any), text.diskBytesV2(any)])
        assert.ok(both === null || (isNumber(both.in) && isNumber(both.out)))
    }),
  )
})

test('a limit is none when the kernel says so in any of its ways', () => {
  for (const none of ['max\n', '9223372036854771712\n', '9223372036854710272\n', '', null])
    assert.is(text.limitIn(none), null)
  assert.is(text.limitIn('67108864\n'), 67108864)
})

test('each value is found when the text is the kernel’s own', () => {
  assert.is(text.valueOf('nr_periods 2\nthrottled_time 70\nthrottled_time_x 9\n', 'throttled_time'), 70)
  assert.is(
    text.pressureIn('some avg10=26.42 avg60=1.00 avg300=0.00 total=9\nfull avg10=9.00 avg60=0 avg300=0 total=1\n'),
    26.42,
  )
  const dev =
    'Inter-|   Receive\n face |bytes\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n  eth0:4711 9 0 0 0 0 0 0 815 7 0 0 0 0 0 0\n'
  assert.equal(text.networkIn(dev, 'eth0'), { in: 4711, out: 815 })
  assert.is(text.networkIn(dev, 'eth'), null)
  const v1 = '8:0 Read 100\n8:0 Write 20\n8:0 Sync 1\n8:0 Total 120\n8:16 Read 5\nTotal 125\n'
  assert.equal(text.diskBytesV1(v1), { in: 105, out: 20 })
  const v2 = '8:0 rbytes=100 wbytes=20 rios=1 wios=2 dbytes=9 dios=0\n8:16 rbytes=5 wbytes=0 rios=1 wios=0\n'
  assert.equal(text.diskBytesV2(v2), { in: 105, out: 20 })
  assert.equal(
    [text.cpusIn('50000 100000\n'), text.cpusIn('max 100000'), text.cpusIn('-1 100000'), text.cpusIn('1 0')],
    [0.5, null, null, null],
  )
})

test('a process is itself or nothing when the texts of /proc are any', () => {
  fc.assert(
    fc.property(odd, odd, odd, (stat, status, cmdline) => {
      const found = processIn({ stat: stat ?? '', status: status ?? '', cmdline: cmdline ?? '' }, String)
      assert.ok(found === null || (found.pid > 0 && found.inside > 0 && found.time >= 0))
    }),
  )
})

test('a process is read when its name is made to confuse', () => {
  const stat = `42 (a) R 1 (b) S ${'1 '.repeat(10)}150 75 0\n`
  const status = 'Name:\tx\nUid:\t7\t1000\t7\t7\nNSpid:\t42\t3\t1\n'
  assert.equal(
    processIn({ stat, status, cmdline: 'sh\0-c\0:\0' }, uid => `u${uid}`),
    {
      pid: 42,
      inside: 1,
      user: 'u1000',
      state: 'S',
      time: 2.25,
      command: 'sh -c :',
    },
  )
  assert.is(processIn({ stat, status, cmdline: '' }, String)!.command, '[a) R 1 (b]')
})

test('times are as ps and docker have them when they are long or short', () => {
  assert.equal([0, 59.9, 3661, 90061].map(clockOf), ['00:00:00', '00:00:59', '01:01:01', '01-01:01:01'])
  assert.equal([-5, 999, 1000, 61e3, 7200e3, 86400e3].map(ageOf), [
    '0 seconds',
    '0 seconds',
    '1 second',
    '1 minute',
    '2 hours',
    '1 day',
  ])
})

/** As what JSON.parse makes. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true })
const number = fc.option(fc.nat())
const both = fc.option(record({ in: fc.nat(), out: fc.nat() }))
const sample: fc.Arbitrary<Sample> = record({
  at: fc.nat(),
  cpu: record({ usage: number, throttled: number }),
  memory: record({ usage: number, limit: number, peak: number }),
  pressure: record({ cpu: number, memory: number, io: number }),
  pids: record({ current: number, limit: number }),
  network: both,
  disks: both,
})
const subject = { name: 'web', pid: 1, paused: false, time: 0 }

test('a row has a cell for each column and none says NaN when samples lack anything', () => {
  fc.assert(
    fc.property(sample, sample, number, (before, now, machine) => {
      const line = statsLine(before, now, { ...subject, machine })
      const row = statsRow(line, machine)
      assert.is(row.length, statsHeading.length)
      assert.not.match(row.join(' '), /NaN|null|undefined|Infinity/)
      assert.equal(JSON.parse(JSON.stringify(line)), line)
    }),
  )
})

test('processor time is a percentage of one processor when two samples are compared', () => {
  const at = (nanos: number, usage: number | null): Sample => ({
    at: nanos,
    cpu: { usage, throttled: null },
    memory: { usage: 25, limit: 2 ** 40, peak: null },
    pressure: { cpu: null, memory: null, io: null },
    pids: { current: null, limit: null },
    network: null,
    disks: null,
  })
  const percent = (before: Sample, now: Sample) => statsLine(before, now, { ...subject, machine: 100 }).cpu.percent
  assert.equal([percent(at(0, 0), at(1e9, 5e8)), percent(at(0, 7), at(2e9, 4e9 + 7))], [50, 200])
  assert.equal(
    [percent(at(0, null), at(1, 1)), percent(at(1, 1), at(1, 1)), percent(at(0, 9), at(1, 1))],
    [null, null, 0],
  )
  // a limit beyond the machine is none
  assert.is(statsLine(at(0, 0), at(1, 0), { ...subject, machine: 100 }).memory.percent, 25)
})

test('nothing of a program reaches the terminal as an order when it is shown in a table', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string()), { maxLength: 5 }), rows => {
      const lines = tableOf(['A', 'B'], rows)
      assert.is(lines.length, rows.length + 1)
      for (const line of lines) assert.not.match(line, /[\x00-\x1f\x7f-\x9f]/)
    }),
  )
  assert.is(plain('a\x1b[2Jb\n'), 'a?[2Jb?')
  assert.equal(
    tableOf(
      ['NAME', 'X'],
      [
        ['a', '1'],
        ['longer', ''],
      ],
    ),
    ['NAME     X', 'a        1', 'longer'],
  )
})

/** A terminal of a few orders: what stands on it. */
function screenAfter(frames: readonly string[], columns: number): string[] {
  const lines = ['before', '']
  let row = 1
  for (const order of frames.join('').matchAll(/\x1b\[(\d*)([AKJ])|\r|\n|[^\x1b\r\n]+/g)) {
    const [word, count, verb] = order
    if (verb === 'A') row -= Number(count)
    else if (verb === 'J') lines.splice(row)
    else if (word === '\n') row++
    else if (verb === undefined && word !== '\r') {
      assert.ok(word.length <= columns)
      lines[row] = word
    }
  }
  return lines
}

test('a frame lies over the one before and leaves the rest when tables grow, shrink and are too large', () => {
  const tables = fc.array(
    fc.array(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 12 }),
    { minLength: 1 },
  )
  fc.assert(
    fc.property(tables, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 2, max: 10 }), (all, columns, rows) => {
      let height = 0
      const frames = all.map(table => {
        const frame = redraw(table, height, { columns, rows })
        height = frame.height
        return frame.text
      })
      const last = all.at(-1)!.slice(0, rows - 1)
      assert.equal(screenAfter(frames, columns), ['before', ...last.map(line => line.slice(0, columns))])
    }),
  )
})

test.run()

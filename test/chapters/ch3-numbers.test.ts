/** Shares and weights, units, lists: what is computed before anything is written. */

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sharesOf, weightOf } from '#chapters/ch3-cgroups/limits/cpu-weight'
import { humanBytes } from '#chapters/ch3-cgroups/live/human'
import { bytesOf, cpusOf, integerOf, listOf, rateOf } from '#chapters/ch3-cgroups/units'
import { MiniDockerError } from '#core/errors'

const shares = fc.integer({ min: 2, max: 262144 })

test('the ends and the usual value of shares are those of weights when they are converted', () => {
  assert.equal([2, 1024, 262144].map(weightOf), [1, 100, 10000])
  assert.equal([0, 1, 262145, 1e9].map(weightOf), [1, 1, 10000, 10000])
  // as runc converts them
  assert.equal([256, 512, 2048].map(weightOf), [35, 59, 174])
})

test('more shares never have less weight when they are converted', () => {
  fc.assert(fc.property(shares, shares, (a, b) => weightOf(Math.min(a, b)) <= weightOf(Math.max(a, b))))
  fc.assert(fc.property(shares, one => weightOf(one) >= 1 && weightOf(one) <= 10000 && Number.isInteger(weightOf(one))))
})

test('sharesOf gives the least shares that have a weight when it is asked for any', () => {
  for (let weight = 1; weight <= 10000; weight++) {
    const least = sharesOf(weight)
    assert.is(weightOf(least), weight)
    assert.ok(least === 2 || weightOf(least - 1) < weight, `${least} shares are not the least of weight ${weight}`)
  }
})

test('bytes are read as they were meant when they are written with a unit', () => {
  const units = ['', 'b', 'k', 'm', 'g', 't'] as const
  const spelled = fc.tuple(
    fc.integer({ min: 0, max: 4096 }),
    fc.integer({ min: 0, max: 5 }),
    fc.boolean(),
    fc.constantFrom('', 'b', 'ib'),
  )
  fc.assert(
    fc.property(spelled, ([number, unit, upper, tail]) => {
      const word = `${units[unit]}${unit > 1 ? tail : ''}`
      return (
        bytesOf('--memory', `${number}${upper ? word.toUpperCase() : word}`) === number * 1024 ** Math.max(0, unit - 1)
      )
    }),
  )
  assert.is(bytesOf('--memory', '1.5g'), 1.5 * 2 ** 30)
})

test('what is written for people can be read back when it is given as a flag', () => {
  const whole = fc.tuple(fc.integer({ min: 1, max: 1023 }), fc.integer({ min: 0, max: 4 }))
  fc.assert(
    fc.property(whole, ([number, power]) => {
      const bytes = number * 1024 ** power
      return bytesOf('--memory', humanBytes(bytes)) === bytes
    }),
  )
  // four figures: to the thousandth part
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 50 }), bytes => {
      return Math.abs(bytesOf('--memory', humanBytes(bytes)) / bytes - 1) < 0.001
    }),
  )
})

test('rates are bits a second, in thousands, when they are written as tc writes them', () => {
  const each = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9, bps: 8, kbps: 8e3, mbps: 8e6, gbps: 8e9 }
  fc.assert(
    fc.property(
      fc.integer({ min: 8000, max: 90000 }),
      fc.constantFrom(...Object.entries(each)),
      (number, [unit, bits]) => {
        return rateOf('--net-rate-in', `${number}${unit}`) === number * bits
      },
    ),
  )
})

test('a list is what it was made of when it is written with ranges', () => {
  const ranges = fc.array(fc.tuple(fc.nat(200), fc.nat(5)), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(ranges, all => {
      const text = all.map(([from, more]) => (more === 0 ? `${from}` : `${from}-${from + more}`)).join(',')
      const wanted = all.flatMap(([from, more]) => Array.from({ length: more + 1 }, (_, i) => from + i))
      return JSON.stringify(listOf(text)) === JSON.stringify(wanted)
    }),
  )
  for (const text of ['', '-', '1-', 'a', '1,,2', '1-2-3', '-1']) assert.is(listOf(text), null, text)
})

test('a quantity is refused by its flag when it is none', () => {
  const refused = (read: () => unknown): boolean => {
    try {
      read()
    } catch (error) {
      return error instanceof MiniDockerError && error.class === 'InvalidArgument' && error.message.startsWith("--x '")
    }
    return false
  }
  for (const text of ['', '-1', 'm', '1q', '1 2', '1e3', '0x10', '99999999t', '.5m', '١'])
    assert.ok(
      refused(() => bytesOf('--x', text)),
      `bytes ${text}`,
    )
  for (const text of ['', '-1', 'mbit', '7999', '1kbit', '10mbits', '1e9mbit'])
    assert.ok(
      refused(() => rateOf('--x', text)),
      `rate ${text}`,
    )
  for (const text of ['', '-1', '0', '0.001', '2.01', '1e0', 'two', 'Infinity'])
    assert.ok(
      refused(() => cpusOf('--x', text, 2)),
      `processors ${text}`,
    )
  for (const text of ['', '1.5', '4', '11', '--5', '1e1', '5 '])
    assert.ok(
      refused(() => integerOf('--x', text, 5, 10, 7)),
      `number ${text}`,
    )
})

test.run()

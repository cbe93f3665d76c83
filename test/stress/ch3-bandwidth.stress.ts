/** 20 MiB at 10mbit, each way, as root of the machine and in a user namespace. */

import { suite } from 'uvu'
import { Bandwidth, expectedSeconds, missingForBandwidth, type Way } from '../suites/bandwidth-suite.js'

const lacks = missingForBandwidth()
const test = suite('ch3 --net-rate, 20 MiB')
const size = 20 * 2 ** 20
let here: Bandwidth

test.before(async () => {
  if (lacks === null) here = await Bandwidth.make()
})
test.after(() => here?.end())

for (const way of ['in', 'out'] satisfies Way[]) {
  for (const flags of [[], ['--userns']]) {
    const name = `20 MiB take as long as they should when --net-rate-${way} is 10mbit ${flags.join(' ')}`
    test(name, async () => {
      if (lacks !== null) return console.log(`\nskipped: ${name}: needs ${lacks}`)
      const seconds = await here.timed(way, size, flags)
      console.log(`${way} ${flags.join(' ')}: ${seconds} s of ${expectedSeconds(size, 10e6).toFixed(2)} s`)
    })
  }
}

test.run()

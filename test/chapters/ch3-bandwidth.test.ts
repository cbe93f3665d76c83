/** `--net-rate-in` and `--net-rate-out`: how long transfers take. 4 MiB here; `npm run stress` sends 20. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { measured } from '#support/patience'
import { Bandwidth, missingForBandwidth, type Way } from '../suites/bandwidth-suite.js'

const lacks = missingForBandwidth()
const test = suite('ch3 --net-rate')
const check = (name: string, body: () => Promise<void>): void =>
  void test(name, lacks === null ? body : () => console.log(`\nskipped: ${name}: needs ${lacks}`))
const size = 4 * 2 ** 20
const ways: readonly Way[] = ['in', 'out']
const other = (way: Way): Way => (way === 'in' ? 'out' : 'in')
let here: Bandwidth

test.before(async () => {
  if (lacks === null) here = await Bandwidth.make()
})
test.after(() => here?.end())

for (const way of ways) {
  check(
    `a transfer takes as long as it should when --net-rate-${way} is given, and the other way has no limit`,
    async () => {
      const slow = await here.timed(way, size)
      const free = await measured(
        () => here.transfer(other(way), size, [`--net-rate-${way}`, '10mbit']),
        seconds => seconds < slow / 5,
      )
      assert.ok(free < slow / 5, `the other way took ${free} s, this one ${slow} s`)
    },
  )
}

check('each direction has its own rate when both are given', async () => {
  const flags = ['--net-rate-in', '80mbit', '--net-rate-out', '20mbit']
  const isFourTimes = ([fast, slow]: readonly [number, number]): boolean => slow / fast > 3 && slow / fast < 5.5
  const both = await measured(
    async () => [await here.transfer('in', size, flags), await here.transfer('out', size, flags)] as const,
    isFourTimes,
  )
  assert.ok(isFourTimes(both), `in ${both[0]} s, out ${both[1]} s: four times as fast`)
})

check('a transfer takes as long as it should when the container has a user namespace', async () => {
  await here.timed('in', size, ['--userns'])
  await here.timed('out', size, ['--userns'])
})

check("the host's end of the cable shows the limit and counts what passed when tc is asked", async () => {
  let shown = ''
  const flags = ['--net-rate-in', '20mbit', '--net-burst-in', '64k', '--net-rate-out', '3mbit']
  await here.transfer('in', size, flags, () => {
    shown = here.machine.host.sh('tc -s qdisc show')
  })
  assert.match(shown, /^qdisc tbf \S+ dev \S+ root .*rate 20Mbit burst 64Kb/m)
  assert.not.match(shown, /3Mbit/, 'the other way is shaped at the other end')
  assert.match(shown, /^qdisc tbf.*\n Sent [1-9]\d* bytes/m)
})

check('a wish for bandwidth is refused in one line when there is no cable to limit', async () => {
  for (const flags of [[], ['--net', 'none'], ['--net', 'host']]) {
    const { code, stdout, stderr } = await here.run([...flags, '--net-rate-in', '1mbit', 'true'])
    assert.is(
      stderr,
      'mini-docker: --net-rate-in: is for a container with a cable of its own (add --net bridge, as root)\n',
    )
    assert.equal([code, stdout], [125, ''])
  }
})

check('nothing is left on the host when all of them have ended', async () => {
  assert.not.match(here.machine.host.sh('tc qdisc show; ip -o link'), /tbf|veth.*@|md/)
})

test.run()

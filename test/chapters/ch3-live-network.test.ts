/** ch3 update of the bandwidth, and what stats says of a cable, in a throw-away host. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { StatsLine } from '#chapters/ch3-cgroups/live/stats-line'
import { findStage } from '#core/exec/native'
import { cliPath } from '#support/cli'
import { canFilterBridge } from '#support/live'
import { isThere, type Machine, makeMachine, missingForNetns, until } from '#support/netns'
import { nonce } from '#support/world'

const lacks =
  missingForNetns() ??
  (isThere('tc') ? null : 'tc') ??
  (findStage() === null ? 'dist/native/mini-docker-stage' : null) ??
  (canFilterBridge() ? null : 'nf_tables of the kernel')
const test = suite('ch3 update --net-rate-in')
const check = (name: string, body: () => Promise<void>): void =>
  void test(name, lacks === null ? body : () => console.log(`\nskipped: ${name}: needs ${lacks}`))

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'ch3-live-network-'))
fs.chmodSync(scratch, 0o755)
const env = { MINI_DOCKER_RUN: `${scratch}/run`, MINI_DOCKER_ROOT: `${scratch}/data`, HOME: scratch }
const ch3 = (...args: string[]): string[] => [process.execPath, cliPath, 'ch3', ...args]
let machine: Machine

test.before(async () => {
  if (lacks === null) machine = await makeMachine()
})
test.after(() => {
  if (lacks === null) machine.end()
  fs.rmSync(scratch, { recursive: true, force: true })
})

/** bits a second of the queue at an interface, as tc shows it. */
const rateOf = (shown: string): string | undefined => /tbf .*rate (\S+) /.exec(shown)?.[1]

check('the queues at both ends have the new rates, and stats counts what passed, when a cable is laid', async () => {
  const name = `cable-${nonce()}`
  const { host } = machine
  const box = host.start(
    ch3('run', '--net', 'bridge', '--name', name, '--net-rate-in', '3mbit', 'sh', '-c', 'echo up; sleep 600; :'),
    { env },
  )
  await until(() => box.output().includes('up'))
  const { init, spec } = JSON.parse(fs.readFileSync(`${env.MINI_DOCKER_RUN}/containers/${name}/state.json`, 'utf8'))
  assert.match(JSON.stringify(spec.annotations), /3000000/)
  const veth = /: (mdh[0-9a-f]+)@/.exec(host.sh('ip -o link show type veth'))![1]!
  const outer = () => rateOf(host.sh(`tc qdisc show dev ${veth}`))
  const inner = () => rateOf(host.sh(`nsenter -t ${init.pid} -n tc qdisc show dev eth0`))
  assert.equal([outer(), inner()], ['3Mbit', undefined])

  const both = await host.run(ch3('update', name, '--net-rate-in', '5mbit', '--net-rate-out', '2mbit'), { env })
  assert.equal([both.code, both.stdout], [0, `${name}\n`], both.stderr)
  assert.equal([outer(), inner()], ['5Mbit', '2Mbit'])
  const one = await host.run(ch3('update', '--net-rate-out', '1mbit', name), { env })
  assert.is(one.code, 0, one.stderr)
  assert.equal([outer(), inner()], ['5Mbit', '1Mbit'])
  const recorded = JSON.parse(fs.readFileSync(`${env.MINI_DOCKER_RUN}/containers/${name}/state.json`, 'utf8')).spec
    .annotations
  assert.match(JSON.stringify(recorded), /5000000 .*1000000 /)

  // one that tc refuses, at the second end: the first end is as it was, and so is the record
  const refusing = host.sh(
    `nsenter -t ${init.pid} -n sh -c 'ip link set eth0 name eth9 2>/dev/null || { ip link set eth0 down; ip link set eth0 name eth9; }'; echo renamed`,
  )
  assert.is(refusing, 'renamed\n')
  const half = await host.run(ch3('update', '--net-rate-in', '9mbit', '--net-rate-out', '9mbit', name), { env })
  assert.is(half.code, 125)
  assert.match(half.stderr, /^mini-docker: bandwidth \(--net-rate-in, --net-rate-out\).*\n$/)
  assert.is(outer(), '5Mbit')
  host.sh(`nsenter -t ${init.pid} -n sh -c 'ip link set eth9 down; ip link set eth9 name eth0; ip link set eth0 up'`)

  const { stdout } = await host.run(ch3('stats', '--no-stream', '--json', name), { env })
  const { network } = JSON.parse(stdout) as StatsLine
  const [received, sent] = host
    .sh(`nsenter -t ${init.pid} -n cat /proc/net/dev`)
    .match(/eth0: *(\d+)(?: +\d+){7} +(\d+)/)!
    .slice(1)
    .map(Number)
  assert.ok(network!.in <= received! && network!.out <= sent! && network!.out > 0, JSON.stringify(network))
  process.kill(init.pid, 'SIGKILL')
  await box.ended
})

test.run()

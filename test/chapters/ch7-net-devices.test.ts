/** linux.netDevices: devices of a host that is a network namespace of our own; the real one's are never touched. */

import * as fs from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Address, netDevices } from '#chapters/ch7-oci/namespaces/net-devices'
import { findStage } from '#core/exec/native'
import { assemble } from '#core/plan/assemble'
import { parseSpec } from '#core/spec/parse'
import type { Linux, Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import { makeBundle, miniRunc, Runtime } from '#support/bundle'
import { missingForNetns, Netns, type Result } from '#support/netns'
import { newWorld } from '#support/world'

const test = suite('ch7 netDevices')
const lacks = missingForNetns() ?? (findStage() === null ? 'dist/native/mini-docker-stage' : null)
const here = (name: string, body: () => Promise<void>): void =>
  void test(name, lacks === null ? body : () => console.log(`\nskipped: ${name}: needs ${lacks}`))

const world = newWorld()
const runtime = new Runtime(world)
let host: Netns
let pod: Netns

test.before(async () => {
  if (lacks !== null) return
  host = new Netns('true')
  pod = new Netns('ip link add eth0 type veth peer name peer0')
  await Promise.all([host.ready(), pod.ready()])
})
test.after(() => {
  host?.end()
  pod?.end()
})

const having =
  (devices: NonNullable<Linux['netDevices']>, network: object = {}) =>
  (spec: Spec): Spec => ({
    ...spec,
    linux: {
      ...spec.linux,
      netDevices: devices,
      namespaces: spec.linux!.namespaces!.map(entry => (entry.type === 'network' ? { ...entry, ...network } : entry)),
    },
  })
const mini = (...args: readonly string[]): Promise<Result> =>
  host.run([process.execPath, miniRunc, '--root', runtime.root, ...args])
const run = (change: (spec: Spec) => Spec, script: string): Promise<Result> =>
  mini('run', '-b', makeBundle(world, ['sh', '-c', script], change), runtime.newId())
/** One end of a cable: not every kernel has devices of type dummy. */
const device = (name: string, more = ''): string =>
  host.sh(`ip link add ${name} type veth peer name of-${name}; ${more}`)
const namesIn = (netns: Netns): string[] => netns.sh('ls /sys/class/net').trim().split('\n')

interface Seen {
  readonly ifname: string
  readonly mtu: number
  readonly address: string
  readonly flags: readonly string[]
  readonly addr_info: readonly (Address & { readonly scope: string })[]
}
/** As whoever looks into the network of a process sees it. */
const seenIn = (pid: number): Map<string, Seen> => {
  const text = host.sh(`nsenter --net=/proc/${pid}/ns/net ip -j address show`)
  return new Map((JSON.parse(text) as Seen[]).map(seen => [seen.ifname, seen]))
}

here('a device is the container’s, by its new name and up, with its addresses and all that it was', async () => {
  device(
    'eth5',
    `ip link set eth5 mtu 1380 address 02:00:00:00:00:05 txqueuelen 77 up
     ip address add 192.0.2.7/24 broadcast 192.0.2.255 dev eth5
     ip address add 192.0.2.8/24 label eth5:web dev eth5 noprefixroute
     ip address add 198.51.100.9 peer 198.51.100.10/32 dev eth5
     ip address add 2001:db8::7/64 dev eth5
     ip address add 169.254.7.7/16 scope link dev eth5
     ip address add 192.0.2.99/24 valid_lft 600 preferred_lft 600 dev eth5`,
  )
  const id = runtime.newId()
  const pidFile = world.path()
  const bundle = makeBundle(world, ['sleep', '100'], having({ eth5: { name: 'inner' } }))
  const output = world.path() // a pipe would end only with the container
  const create = [process.execPath, miniRunc, '--root', runtime.root, 'create', '--pid-file', pidFile, '-b', bundle, id]
  const { code } = await host.run(['sh', '-c', 'exec "$@" >"$0" 2>&1', output, ...create])
  assert.is(code, 0, fs.readFileSync(output, 'utf8'))
  const seen = seenIn(Number(fs.readFileSync(pidFile, 'utf8')))
  assert.equal([...seen.keys()], ['lo', 'inner'])
  const { mtu, address, flags, addr_info } = seen.get('inner')!
  assert.equal([mtu, address, flags.includes('UP')], [1380, '02:00:00:00:00:05', true])
  const own = addr_info.filter(({ scope }) => scope === 'global')
  assert.equal(
    own.map(({ local, prefixlen, address }) => [local, prefixlen, address]),
    [
      ['192.0.2.7', 24, undefined],
      ['198.51.100.9', 32, '198.51.100.10'],
      ['192.0.2.8', 24, undefined],
      ['2001:db8::7', 64, undefined],
    ].sort((a, b) => own.findIndex(one => one.local === a[0]) - own.findIndex(one => one.local === b[0])),
  )
  const web = own.find(({ local }) => local === '192.0.2.8')!
  assert.equal([web.label, web.noprefixroute], ['inner:web', true])
  assert.is(own.find(({ local }) => local === '192.0.2.7')!.broadcast, '192.0.2.255')
  assert.not(namesIn(host).includes('eth5'))
  await mini('delete', '-f', id)
  assert.not(namesIn(host).includes('eth5'), 'a device that is none of a machine ends with its namespace')
})

here('a template is given the least number that is free, and without a name it keeps its own', async () => {
  device('eth6')
  device('net1')
  const { code, stdout, stderr } = await run(having({ eth6: { name: 'net%d' }, net1: {} }), 'cd /sys/class/net; echo *')
  assert.equal([code, stdout, stderr], [0, 'lo net0 net1\n', ''])
})

here('a network that is there already keeps the device, and is asked which names are taken', async () => {
  const path = `/proc/${pod.pid}/ns/net`
  device('eth7')
  const taken = await run(having({ eth7: { name: 'eth0' } }, { path }), 'true')
  assert.is(taken.code, 1)
  assert.match(taken.stderr, /linux.netDevices: 'eth0': is a device of the container's namespace already \(.*eth%d\)/)
  assert.ok(namesIn(host).includes('eth7'), 'it has not been moved')
  const moved = await run(having({ eth7: { name: 'eth%d' } }, { path }), 'true')
  assert.equal([moved.code, moved.stderr], [0, ''])
  assert.equal([namesIn(pod).includes('eth1'), namesIn(host).includes('eth7')], [true, false])
})

here('a device that is not there, or has nowhere to go, is an error before there is a container', async () => {
  device('eth8')
  for (const [change, why] of [
    [having({ nonsuch: {} }), /linux.netDevices: 'nonsuch': is no device of the host/],
    [having({ eth8: {} }, { path: `/proc/${host.pid}/ns/net` }), /linux.netDevices: the network namespace.*host's own/],
    [having({ eth8: { name: 'lo' } }), /linux.netDevices: 'lo': is a device of the container's namespace already/],
    [having({ lo: { name: 'low' } }), /network device 'lo', inside 'low': /],
  ] as const) {
    const { code, stderr } = await run(change, 'true')
    assert.is(code, 1)
    assert.match(stderr, why)
  }
  assert.ok(namesIn(host).includes('eth8'))
})

test('names that are none are refused by their place, and devices without a network namespace', () => {
  const spec = {
    ociVersion: '1.3.0',
    root: { path: 'x' },
    process: { user: { uid: 0, gid: 0 }, args: ['x'], cwd: '/' },
  }
  const namespaces = [{ type: 'network' }]
  for (const [devices, place] of [
    [{ 'a b': {} }, /linux.netDevices.*a b.*must be the name of a network device/],
    [{ 'a\nlink delete b': {} }, /must be the name/],
    [{ eth0: { name: 'a-name-of-16-byte' } }, /linux.netDevices.eth0.name: must be/],
    [{ eth0: { name: '..' } }, /linux.netDevices.eth0.name: must be/],
    [{ eth0: { name: 7 } }, /linux.netDevices.eth0.name: must be a string/],
  ] as const)
    assert.throws(() => parseSpec({ ...spec, linux: { namespaces, netDevices: devices } }), place)
  assert.throws(() => parseSpec({ ...spec, linux: { netDevices: { eth0: {} } } }), /without a network namespace/)
})

test('two devices with one name are refused when the plan is made', () => {
  const here = new Map<string, readonly Address[]>([
    ['a', []],
    ['b', []],
  ])
  const pass = netDevices({ a: { name: 'x' }, b: { name: 'x' } }, { here, there: ['lo'] })
  const spec = {
    ociVersion: '1.3.0',
    root: { path: 'x' },
    process: { user: { uid: 0, gid: 0 }, args: ['x'], cwd: '/' },
  }
  assert.throws(() => assemble([pass], spec, cannedFacts.v2), /linux.netDevices: 'x'/)
})

test.run()

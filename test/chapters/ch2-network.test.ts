import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bridge } from '#chapters/ch2-namespaces/network/bridge'
import { candidates, chooseSubnet } from '#chapters/ch2-namespaces/network/choose-subnet'
import { connect } from '#chapters/ch2-namespaces/network/connect'
import { exampleHost, parseRoutes } from '#chapters/ch2-namespaces/network/host-network'
import {
  contains,
  formatAddress,
  formatSubnet,
  gatewayOf,
  macOf,
  overlap,
  parseAddress,
  parseSubnet,
  type Subnet,
  sizeOf,
} from '#chapters/ch2-namespaces/network/ipv4'
import { chooseLease, type Lease } from '#chapters/ch2-namespaces/network/lease'
import { nextAddress } from '#chapters/ch2-namespaces/network/next-address'
import { reservationsOf } from '#chapters/ch2-namespaces/network/reservations'
import { reachableResolvers, singleResolver } from '#chapters/ch2-namespaces/network/resolv-conf'
import { sharedBridge } from '#chapters/ch2-namespaces/network/shared-bridge'
import { vethName } from '#chapters/ch2-namespaces/network/veth-name'
import { MiniDockerError } from '#core/errors'
import { noSwap } from '#core/lab'
import { undo } from '#core/plan/undo'
import { cannedFacts, type Facts } from '#core/sys/facts'

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const subnetOf = (min: number, max: number) =>
  fc
    .tuple(address, fc.integer({ min, max }))
    .map(([any, length]): Subnet => ({ network: any - (any % 2 ** (32 - length)), length }))
const ip = (text: string): number => parseAddress(text)!

/** The one line that a user would read. */
function refusal(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof MiniDockerError) return `${error.class}: ${error.line}`
    throw error
  }
  throw new Error('was not refused')
}

test('formatAddress gives back what parseAddress took when it is a dotted quad', () => {
  fc.assert(fc.property(address, number => parseAddress(formatAddress(number)) === number))
  for (const wrong of ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.x', ' 1.2.3.4']) {
    assert.is(parseAddress(wrong), null, wrong)
  }
})

test('parseSubnet refuses bits past the prefix when there are some', () => {
  fc.assert(
    fc.property(subnetOf(0, 32), subnet => formatSubnet(parseSubnet(formatSubnet(subnet))!) === formatSubnet(subnet)),
  )
  for (const wrong of ['10.0.0.1/8', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8']) {
    assert.is(parseSubnet(wrong), null, wrong)
  }
})

test('overlap is so when one subnet holds an address of the other', () => {
  fc.assert(
    fc.property(subnetOf(0, 32), subnetOf(0, 32), (a, b) => {
      const shares = contains(a, b.network) || contains(b, a.network)
      return overlap(a, b) === shares && overlap(b, a) === shares && overlap(a, a)
    }),
  )
})

test('macOf is local, unicast and unique when addresses differ', () => {
  assert.is(macOf(ip('172.30.0.2')), '02:42:ac:1e:00:02')
  fc.assert(fc.property(address, address, (a, b) => (macOf(a) === macOf(b)) === (a === b)))
})

test('nextAddress gives a free address of the subnet when there is one, and null when there is none', () => {
  fc.assert(
    fc.property(subnetOf(24, 29), fc.infiniteStream(fc.boolean()), fc.option(address), (subnet, coin, anyLast) => {
      const usable = sizeOf(subnet) - 3
      const all = Array.from({ length: usable }, (_, i) => gatewayOf(subnet) + 1 + i)
      const taken = new Set(all.filter(() => coin.next().value))
      const last = anyLast === null ? null : subnet.network + (anyLast % sizeOf(subnet))
      const given = nextAddress(subnet, taken, last)
      if (taken.size === usable) return given === null
      return given !== null && all.includes(given) && !taken.has(given)
    }),
  )
})

test('nextAddress does not give an address again until all others were given, when nobody keeps one', () => {
  fc.assert(
    fc.property(subnetOf(24, 29), address, (subnet, start) => {
      const usable = sizeOf(subnet) - 3
      let last = gatewayOf(subnet) + 1 + (start % usable)
      const given = new Set<number>()
      for (let i = 0; i < usable; i++) {
        last = nextAddress(subnet, new Set(), last)!
        given.add(last)
      }
      return given.size === usable && nextAddress(subnet, new Set(), last) === [...given][0]
    }),
  )
})

test('chooseSubnet never overlaps what is used when it chooses, and takes the first of its list that is free', () => {
  const used = fc.array(fc.oneof(fc.constantFrom(...candidates), subnetOf(8, 32)), { maxLength: 8 })
  fc.assert(
    fc.property(used, subnets => {
      const free = candidates.filter(candidate => !subnets.some(subnet => overlap(subnet, candidate)))
      const taken = subnets.map(subnet => ({ subnet, by: 'eth0' }))
      if (free.length === 0)
        return refusal(() => chooseSubnet(taken)).startsWith('FailedPrecondition: a subnet for the bridge')
      return chooseSubnet(taken) === free[0]
    }),
  )
})

test('chooseSubnet says what is wrong with MINI_DOCKER_SUBNET when it cannot be had', () => {
  const used = [{ subnet: parseSubnet('10.0.0.0/8')!, by: 'tun0' }]
  assert.is(formatSubnet(chooseSubnet(used, '192.168.7.0/24')), '192.168.7.0/24')
  assert.is(
    refusal(() => chooseSubnet(used, '10.9.0.0/16')),
    "FailedPrecondition: MINI_DOCKER_SUBNET '10.9.0.0/16': overlaps 10.0.0.0/8 of tun0 (choose a range that ip route does not show)",
  )
  for (const wrong of ['10.9.0.1/16', 'x', '10.9.0.0/30', '0.0.0.0/0']) {
    assert.match(
      refusal(() => chooseSubnet([], wrong)),
      `InvalidArgument: MINI_DOCKER_SUBNET '${wrong}': is no subnet of 8 to 29 bits`,
    )
  }
})

test('chooseLease keeps to the subnet of the others when there are some', () => {
  const host = { ...exampleHost, links: ['lo', 'mini-docker0'], forwards: true }
  const other: Lease = { subnet: '10.9.0.0/29', address: '10.9.0.2', mtu: 1300, forwarded: false }
  const taken = new Map([['a', other]])
  assert.equal(chooseLease({ host, wanted: undefined }, taken, other), { ...other, address: '10.9.0.3' })
  assert.is(
    refusal(() => chooseLease({ host, wanted: '10.8.0.0/16' }, taken, other)),
    "FailedPrecondition: MINI_DOCKER_SUBNET '10.8.0.0/16': the bridge has 10.9.0.0/29 as long as a container uses it (end the containers on the bridge first)",
  )
  const full = new Map([2, 3, 4, 5, 6].map(n => [`c${n}`, { ...other, address: `10.9.0.${n}` }]))
  assert.is(
    refusal(() => chooseLease({ host, wanted: undefined }, full, other)),
    'Unavailable: an address of 10.9.0.0/29: all 5 are taken (end a container, or all of them and name a larger MINI_DOCKER_SUBNET)',
  )
})

test("chooseLease refuses a bridge of that name when it is somebody else's", () => {
  const host = { ...exampleHost, links: ['mini-docker0'] }
  assert.match(
    refusal(() => chooseLease({ host, wanted: undefined }, new Map(), null)),
    "FailedPrecondition: bridge 'mini-docker0': is there already, and none of our containers uses it (another MINI_DOCKER_RUN",
  )
})

test('vethName fits a link name and differs when ids differ', () => {
  assert.is(vethName('0123456789ab'), 'md0123456789ab')
  const id = fc.oneof(fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/), fc.stringMatching(/^[0-9a-f]{12}$/))
  fc.assert(
    fc.property(id, id, (a, b) => {
      const name = vethName(a)
      return /^md[0-9a-fh]{12,13}$/.test(name) && name.length <= 15 && (name === vethName(b)) === (a === b)
    }),
  )
})

test("parseRoutes reads the kernel's numbers when they stand in its byte order", () => {
  const table =
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n' +
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n' +
    'tun0\t00001EAC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n'
  assert.equal(
    parseRoutes(table).map(({ subnet, by }) => `${by} ${formatSubnet(subnet)}`),
    ['eth0 0.0.0.0/0', 'tun0 172.30.0.0/16'],
  )
})

test('reachableResolvers leaves out loopback when the resolver listens there', () => {
  const stub = '# by systemd-resolved\nnameserver 127.0.0.53\noptions edns0\nsearch example.org\n'
  assert.is(
    reachableResolvers(stub, 'nameserver 192.0.2.1\nsearch example.org\n'),
    'nameserver 192.0.2.1\nsearch example.org\n',
  )
  const publicOnes = 'nameserver 8.8.8.8\nnameserver 8.8.4.4\n'
  assert.is(reachableResolvers(stub, ''), `${publicOnes}options edns0\nsearch example.org\n`)
  assert.is(reachableResolvers('', ''), publicOnes)
  assert.is(reachableResolvers('nameserver 192.0.2.7\n', 'nameserver 192.0.2.1\n'), 'nameserver 192.0.2.7\n')
  assert.is(singleResolver(stub, '10.0.2.3'), 'nameserver 10.0.2.3\noptions edns0\nsearch example.org\n')
})

const lease: Lease = { subnet: '172.30.0.0/16', address: '172.30.0.2', mtu: 1500, forwarded: false }

test('sharedBridge returns only what is missing when the bridge is there', () => {
  const ops = (host: typeof exampleHost) => sharedBridge(lease, host).make.map(({ op }) => op)
  assert.equal(ops(exampleHost), ['ip_batch', 'nft', 'set'])
  assert.equal(ops({ ...exampleHost, links: ['mini-docker0'], forwards: true }), ['nft'])
})

test('sharedBridge leaves forwarding on when it was on before the first container', () => {
  const ops = (forwarded: boolean) => sharedBridge({ ...lease, forwarded }, exampleHost).remove.map(({ op }) => op)
  assert.equal(ops(false), ['set', 'ip_batch', 'nft'])
  assert.equal(ops(true), ['ip_batch', 'nft'])
})

test('bridge takes back its cable before its address when it is undone', () => {
  const plan = { steps: bridge('a', vethName('a'), lease)({} as never, cannedFacts.v2) }
  const taken = undo(plan)
  assert.equal(
    taken.map(({ op }) => op),
    ['ip_batch', 'release'],
  )
  assert.equal(taken[0]!.tolerate, ['ENODEV'])
})

const request = (facts: Partial<Facts>, mode: 'none' | 'bridge' = 'bridge') => ({
  mode,
  id: 'a',
  hostname: 'a',
  directory: '/run/a',
  facts: { ...cannedFacts.v2, ...facts },
  userns: false,
  shared: null,
  swap: noSwap,
})
const without = (...names: (keyof Facts['tools'])[]) => ({
  tools: { ...cannedFacts.v2.tools, ...Object.fromEntries(names.map(name => [name, null])) },
})

test('connect gives nothing when the mode is none', () => {
  assert.equal(connect(request({}, 'none')), { parts: {}, mounts: [], files: [], veth: null })
})

test('connect reserves and reads nothing when it only plans', () => {
  const connection = connect(request({}))
  assert.equal(Object.keys(connection.parts), ['bridge', 'etcFiles'])
  assert.equal(
    connection.files,
    connection.mounts.map(({ source }) => source),
  )
  const steps = Object.values(connection.parts).flatMap(pass => pass({} as never, cannedFacts.v2))
  assert.equal(
    steps.map(({ op }) => op),
    ['hold', 'ip_batch', 'ip_batch', 'write_file', 'write_file', 'write_file'],
  )
})

test('connect takes pasta before slirp4netns when an ordinary user asks', () => {
  const program = (facts: Partial<Facts>) => {
    const [step] = connect(request({ uid: 1000, ...facts })).parts.userMode!({} as never, cannedFacts.v2)
    return step!.op === 'spawn_helper' ? step!.argv[0] : ''
  }
  assert.is(program({}), '/usr/bin/pasta')
  assert.is(program(without('pasta')), '/usr/bin/slirp4netns')
  assert.is(
    refusal(() => program(without('pasta', 'slirp4netns'))),
    'Unsupported: --net bridge as an ordinary user: neither pasta nor slirp4netns is on this machine (apt-get install passt, or run it as root)',
  )
})

test('connect takes slirp4netns when root of a user namespace shares it with the container', () => {
  const nested: Partial<Facts> = { userNamespace: { ...cannedFacts.v2.userNamespace, initial: false } }
  const program = (facts: Partial<Facts>, userns: boolean) => {
    const wish = { ...request({ ...nested, ...facts }), userns }
    const [step] = connect(wish).parts.userMode!({} as never, cannedFacts.v2)
    return step!.op === 'spawn_helper' ? step!.argv[0] : ''
  }
  assert.is(program({}, true), '/usr/bin/pasta')
  assert.is(program({}, false), '/usr/bin/slirp4netns')
  assert.is(
    refusal(() => program(without('slirp4netns'), false)),
    "Unsupported: --net bridge as root of a user namespace: the host's network is not ours, and pasta cannot enter a container that shares our user namespace (add --userns, or apt-get install slirp4netns)",
  )
})

test('connect names the program when root lacks one', () => {
  for (const name of ['ip', 'nft'] as const) {
    const shared = { acquire: () => assert.unreachable() } as never
    assert.is(
      refusal(() => connect({ ...request(without(name)), shared })),
      `FailedPrecondition: --net bridge: program '${name}': is not on this machine (mini-docker doctor says what is missing, and which package brings it)`,
    )
  }
})

test('reservationsOf is empty when nothing is reserved', () => {
  assert.equal(reservationsOf(request({ uid: 1000 })), [])
  assert.equal(reservationsOf(request({}, 'none')), [])
  assert.equal(
    reservationsOf(request({})).map(({ op }) => op),
    ['release'],
  )
})

test.run()

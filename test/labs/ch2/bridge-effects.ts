/** What the kernel shows of the cable of ch2/bridge: packets, links, routes. */

import * as fs from 'node:fs'
import { formatSubnet, gatewayOf, parseSubnet } from '#chapters/ch2-namespaces/network/ipv4'
import { bridgeName, type Lease } from '#chapters/ch2-namespaces/network/lease'
import type { Failure } from '#labs/runner/grade/grader'
import type { Ran, Room } from '#labs/runner/room/room'
import { parseFacts } from '#support/inside'
import { said } from '../black-box/view.js'
import { begin, type Living, whileItRuns } from '../support/while-it-runs.js'

const users = (): string => `${process.env.MINI_DOCKER_RUN}/shared/bridge/users`
export const leaseOf = ({ name }: Pick<Living, 'name'>): Lease =>
  (JSON.parse(fs.readFileSync(`${users()}/${name}`, 'utf8')) as { given: Lease }).given
const onBridge = (room: Room, script: string): string[] => [
  ...['--net', 'bridge', '--rootfs', room.rootfs(), '--', 'sh', '-c', script],
]
const runOnBridge = (room: Room, script: string): Ran => room.run(['ch2', 'run', ...onBridge(room, script)])
/** Of /proc/net/dev: two lines of heading, then `name: counters`. */
const links = (room: Room): string[] =>
  room
    .read('/proc/net/dev')
    .split('\n')
    .slice(2)
    .flatMap(line => (line.includes(':') ? [line.slice(0, line.indexOf(':')).trim()] : []))

/** /proc/net/route has addresses as the machine has them in memory: on little-endian ones turned round. */
const asInRoute = (address: number): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(address)
  return bytes.toString('hex').toUpperCase()
}

export async function reachEachOther(room: Room): Promise<Failure | null> {
  const word = room.nonce()
  const server = await begin(room, onBridge(room, `inside serve 8000 ${word}`))
  const { address, subnet } = leaseOf(server)
  const third = runOnBridge(room, 'true')
  if (third.code !== 0) return { expected: 'a second container starts beside the first', found: said(third) }
  const client = runOnBridge(room, `inside fetch ${address} 8000 2>&1; echo; cat /proc/net/route; inside facts`)
  const [answer, ...rest] = client.stdout.trim().split('\n')
  const served = await server.ended
  if (answer !== word)
    return {
      expected: `a container reaches another at ${address}, after a third one has ended`,
      found: client.stdout === '' ? said(client) : `${answer || 'no answer'} (the server: ${said(served)})`,
    }
  const gateway = gatewayOf(parseSubnet(subnet)!)
  const way = rest.some(line => line.startsWith(`eth0\t00000000\t${asInRoute(gateway)}\t`))
  if (!way)
    return { expected: `in ${formatSubnet(parseSubnet(subnet)!)} the gateway is the way out`, found: rest.join('\n') }
  const { interfaces } = parseFacts(rest.at(-1)!)
  const shown = interfaces.map(({ name, up }) => `${name} ${up ? 'up' : 'down'}`).sort()
  return shown.join() === 'eth0 up,lo up'
    ? null
    : { expected: 'inside there are lo and eth0, both up', found: shown.join(', ') }
}

export async function goneAfterwards(room: Room): Promise<Failure | null> {
  const before = links(room)
  const [, during] = await whileItRuns(room, ['--net', 'bridge'], living => [leaseOf(living), links(room)] as const)
  const more = during.filter(name => !before.includes(name))
  if (more.length !== 2 || !more.includes(bridgeName))
    return { expected: `while it runs, the host has ${bridgeName} and one end of a cable`, found: more.join(', ') }
  const left = links(room).filter(name => !before.includes(name))
  const held = fs.existsSync(users()) ? fs.readdirSync(users()) : []
  return left.length === 0 && held.length === 0
    ? null
    : { expected: 'the host has the links that it had, and no address is taken', found: [...left, ...held].join(', ') }
}

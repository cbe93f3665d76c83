/**
 * What of the host's network decides about the bridge: which addresses are in use, which link leads out, whether it
 * forwards. Read from /proc/net, which shows the network namespace of whoever reads; /sys shows that of its mount.
 * Source: proc_pid_net(5); the route table's columns are those of net/ipv4/fib_trie.c, numbers in host byte order.
 */

import * as fs from 'node:fs'
import * as os from 'node:os'
import type { Used } from './choose-subnet.js'
import { parseAddress, parseSubnet, type Subnet } from './ipv4.js'

export interface HostNetwork {
  readonly used: readonly Used[]
  /** Names of all its links. */
  readonly links: readonly string[]
  /** The mtu of the link that leads out. */
  readonly mtu: number
  /** net.ipv4.ip_forward */
  readonly forwards: boolean
}

export const forwardingSwitch = '/proc/sys/net/ipv4/ip_forward'
const ethernetMtu = 1500

/** A host with one link, for plans that are only looked at. */
export const exampleHost: HostNetwork = { used: [], links: ['lo', 'eth0'], mtu: ethernetMtu, forwards: false }

/** @param resolvConf its resolvers must stay within reach, too */
export function readHostNetwork(resolvConf: string): HostNetwork {
  const routes = parseRoutes(read('/proc/net/route'))
  const out = routes.find(({ subnet }) => subnet.length === 0)?.by
  const mtu = out === undefined ? Number.NaN : Number(read(`/sys/class/net/${out}/mtu`) || Number.NaN)
  return {
    used: [...routes.filter(({ subnet }) => subnet.length > 0), ...ownAddresses(), ...resolversIn(resolvConf)],
    links: linksIn(read('/proc/net/dev')),
    mtu: Number.isInteger(mtu) ? Math.min(mtu, ethernetMtu) : ethernetMtu,
    forwards: read(forwardingSwitch).trim() === '1',
  }
}

/** /proc/net/route: `Iface Destination Gateway Flags RefCnt Use Metric Mask …`. */
export function parseRoutes(table: string): Used[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap(line => {
      const [by, destination, , , , , , mask] = line.split(/\s+/)
      if (by === undefined || destination === undefined || mask === undefined) return []
      const subnet: Subnet = { network: fromKernel(destination), length: bitsOf(fromKernel(mask)) }
      return [{ subnet, by }]
    })
}

/** Eight hex digits of a number that lies in memory in network order: on the little-endian machines we run on, reversed. */
const fromKernel = (hex: string): number => Buffer.from(hex, 'hex').readUInt32LE(0)

const bitsOf = (mask: number): number => mask.toString(2).replaceAll('0', '').length

/** /proc/net/dev: two lines of heading, then `name: counters`. */
const linksIn = (table: string): string[] =>
  table
    .split('\n')
    .slice(2)
    .flatMap(line => (line.includes(':') ? [line.slice(0, line.indexOf(':')).trim()] : []))

/** An address may be there without a route of its own. */
function ownAddresses(): Used[] {
  return Object.entries(os.networkInterfaces()).flatMap(([by, addresses]) =>
    (addresses ?? []).flatMap(({ family, address }) => {
      const subnet = family === 'IPv4' ? parseSubnet(`${address}/32`) : null
      return subnet === null ? [] : [{ subnet, by }]
    }),
  )
}

function resolversIn(resolvConf: string): Used[] {
  return [...resolvConf.matchAll(/^nameserver\s+(\S+)/gm)].flatMap(([, server]) => {
    const network = parseAddress(server!)
    return network === null ? [] : [{ subnet: { network, length: 32 }, by: 'a resolver' }]
  })
}

function read(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return '' // a kernel without it has nothing to say there
  }
}

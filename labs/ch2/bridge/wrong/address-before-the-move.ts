/**
 * The inner end gets its address in the host, and is moved then: a link loses its addresses on the way.
 *
 * @rejected every-line-works
 * @says 172.30.0.1: Nexthop has invalid gateway
 */

import { formatAddress, gatewayOf, macOf, parseAddress, parseSubnet } from '#chapters/ch2-namespaces/network/ipv4'
import { bridgeName, type Lease } from '#chapters/ch2-namespaces/network/lease'
import { bridgeResource } from '#chapters/ch2-namespaces/network/reservations'
import type { Pass } from '#core/plan/assemble'

const at = { by: 'lab', why: 'a cable to the bridge' } as const

export const bridge =
  (id: string, veth: string, lease: Lease): Pass =>
  () => {
    const subnet = parseSubnet(lease.subnet)!
    const gateway = formatAddress(gatewayOf(subnet))
    const mac = macOf(parseAddress(lease.address)!)
    return [
      { ...at, op: 'hold', phase: 'prepare', resource: bridgeResource, user: id },
      {
        ...at,
        op: 'ip_batch',
        phase: 'wire',
        lines: [
          `link add dev ${veth} mtu ${lease.mtu} type veth peer name ${veth}p address ${mac} mtu ${lease.mtu}`,
          `address add ${lease.address}/${subnet.length} dev ${veth}p`,
          `link set dev ${veth}p up`,
          [`link set dev ${veth}p name eth0 netns`, { of: 'init' }],
          `link set dev ${veth} master ${bridgeName} up`,
        ],
        inverse: { lines: [`link delete dev ${veth}`], tolerate: ['ENODEV'] },
      },
      {
        ...at,
        op: 'ip_batch',
        phase: 'wire',
        netns: { of: 'init' },
        lines: ['link set dev eth0 up', `route add default via ${gateway}`],
      },
    ]
  }

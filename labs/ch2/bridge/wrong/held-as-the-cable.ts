/**
 * Held in the name of the cable, which is at hand: it was reserved for the container, and is released in the container's
 * name.
 *
 * @rejected holds-its-address
 * @says bridge for md0123456789ab
 */

import { formatAddress, gatewayOf, macOf, parseAddress, parseSubnet } from '#chapters/ch2-namespaces/network/ipv4'
import { bridgeName, type Lease } from '#chapters/ch2-namespaces/network/lease'
import { bridgeResource } from '#chapters/ch2-namespaces/network/reservations'
import type { Pass } from '#core/plan/assemble'

const at = { by: 'lab', why: 'a cable to the bridge' } as const

export const bridge =
  (_id: string, veth: string, lease: Lease): Pass =>
  () => {
    const subnet = parseSubnet(lease.subnet)!
    const gateway = formatAddress(gatewayOf(subnet))
    const mac = macOf(parseAddress(lease.address)!)
    return [
      { ...at, op: 'hold', phase: 'prepare', resource: bridgeResource, user: veth },
      {
        ...at,
        op: 'ip_batch',
        phase: 'wire',
        lines: [
          [
            `link add dev ${veth} mtu ${lease.mtu} type veth peer name eth0 address ${mac} mtu ${lease.mtu} netns`,
            { of: 'init' },
          ],
          `link set dev ${veth} master ${bridgeName} up`,
        ],
        inverse: { lines: [`link delete dev ${veth}`], tolerate: ['ENODEV'] },
      },
      {
        ...at,
        op: 'ip_batch',
        phase: 'wire',
        netns: { of: 'init' },
        lines: [
          `address add ${lease.address}/${subnet.length} dev eth0`,
          'link set dev eth0 up',
          `route add default via ${gateway} dev eth0`,
        ],
      },
    ]
  }

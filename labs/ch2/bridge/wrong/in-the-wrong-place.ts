/**
 * The lines for eth0 are said in the host: there it is another link, or none, and at worst the one that you are logged
 * in by.
 *
 * @rejected every-line-works
 * @says the host has a default route
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
        inverse: { lines: [`link delete dev ${veth}`], tolerate: ['ENODEV'] },
        lines: [
          `address add ${lease.address}/${subnet.length} dev eth0`,
          'link set dev eth0 up',
          `route add default via ${gateway} dev eth0`,
        ],
      },
    ]
  }

/**
 * The address is used and never held: when somebody else leaves, nobody knows that we still need the bridge.
 *
 * @rejected holds-its-address
 * @says the address is not held
 */

import { formatAddress, gatewayOf, macOf, parseAddress, parseSubnet } from '#chapters/ch2-namespaces/network/ipv4'
import { bridgeName, type Lease } from '#chapters/ch2-namespaces/network/lease'
import type { Pass } from '#core/plan/assemble'

const at = { by: 'lab', why: 'a cable to the bridge' } as const

export const bridge =
  (_id: string, veth: string, lease: Lease): Pass =>
  () => {
    const subnet = parseSubnet(lease.subnet)!
    const gateway = formatAddress(gatewayOf(subnet))
    const mac = macOf(parseAddress(lease.address)!)
    return [
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

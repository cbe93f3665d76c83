/**
 * The container's cable to the bridge: a veth pair, one end in the host, plugged into the bridge, the other inside as eth0.
 *
 * The inner end is made inside init's network namespace at once, so that no half-configured eth0 ever shows up in the host,
 * and when the namespace dies the kernel takes both ends. Source: veth(4), ip-link(8), docker's bridge driver.
 */

import type { Pass } from '#core/plan/assemble'
import { formatAddress, gatewayOf, macOf, parseAddress, parseSubnet } from './ipv4.js'
import { bridgeName, type Lease } from './lease.js'
import { bridgeResource } from './reservations.js'

const at = { by: 'ch2.bridge' } as const

// #region part
export const bridge =
  (id: string, veth: string, lease: Lease): Pass =>
  () => {
    const subnet = parseSubnet(lease.subnet)!
    const gateway = formatAddress(gatewayOf(subnet))
    const mac = macOf(parseAddress(lease.address)!)
    // #region solution
    return [
      {
        ...at,
        op: 'hold',
        phase: 'prepare',
        resource: bridgeResource,
        user: id,
        why: `the address ${lease.address} is ours until we leave; the last to leave removes the bridge`,
      },
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
        why: 'a cable with one end in the bridge, the other in the new network namespace',
      },
      {
        ...at,
        op: 'ip_batch',
        phase: 'wire',
        netns: { of: 'init' },
        lines: [
          `address add ${lease.address}/${subnet.length} broadcast + dev eth0`,
          'link set dev eth0 up',
          `route add default via ${gateway} dev eth0`,
        ],
        why: 'address first, then up, then the route: the gateway is within reach only once the link is up',
      },
    ]
    // #endregion solution
  }
// #endregion part

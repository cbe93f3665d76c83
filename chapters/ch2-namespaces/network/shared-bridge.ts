/**
 * What all containers on the bridge share: the bridge, the NAT table, the switch that makes the host a router. Pure: which
 * steps make what is missing, and which remove it all. Sources: ip-link(8), nft(8), ip-sysctl (ip_forward).
 */

import type { Ensured } from '#core/exec/shared'
import type { HostStep } from '#core/plan/step'
import { forwardingSwitch, type HostNetwork } from './host-network.js'
import { formatAddress, gatewayOf, macOf, parseSubnet } from './ipv4.js'
import { bridgeName, type Lease } from './lease.js'

const at = { phase: 'prepare', by: 'ch2.bridge' } as const
const table = 'ip mini-docker'

export function sharedBridge(lease: Lease, host: HostNetwork): Ensured {
  const bridge = host.links.includes(bridgeName) ? [] : [makeBridge(lease)]
  const forward = host.forwards
    ? []
    : [setForwarding('1', '0', 'the host becomes the router between bridge and outside')]
  return {
    // The table is in place before the host forwards anything: not for a moment is it an open router. It is written every
    // time, in one transaction, as a firewall's reload flushes it and looking for it costs as much as writing it.
    make: [
      ...bridge,
      { ...at, op: 'nft', script: rules(lease), why: 'containers leave under the address of the host' },
      ...forward,
    ],
    // A program that began to need forwarding meanwhile (another engine) loses it here: the cost of leaving no trace.
    remove: [
      ...(lease.forwarded ? [] : [setForwarding('0', '1', 'as it was before the first container')]),
      {
        ...at,
        op: 'ip_batch',
        lines: [`link delete dev ${bridgeName}`],
        tolerate: ['ENODEV'],
        why: 'nobody uses it any more',
      },
      { ...at, op: 'nft', script: `table ${table}\ndelete table ${table}\n`, why: 'nobody uses it any more' },
    ],
  }
}

const setForwarding = (data: string, previous: string, why: string): HostStep => ({
  ...at,
  op: 'set',
  path: forwardingSwitch,
  data,
  previous,
  why,
})

function makeBridge({ subnet: text, mtu }: Lease): HostStep {
  const subnet = parseSubnet(text)!
  const gateway = gatewayOf(subnet)
  return {
    ...at,
    op: 'ip_batch',
    lines: [
      // with an address of its own: else it takes the lowest of its ports', which changes as containers come and go
      `link add name ${bridgeName} address ${macOf(gateway)} mtu ${mtu} type bridge`,
      `address add ${formatAddress(gateway)}/${subnet.length} broadcast + dev ${bridgeName}`,
      `link set dev ${bridgeName} up`,
    ],
    why: 'a switch in software; its own address is the gateway',
  }
}

/**
 * "table; delete table; table {…}" is nft's idiom for replacing one, there or not (nft(8), "delete").
 *
 * Accepting here does not overrule anyone: a packet has to pass every base chain of the hook, and a policy of drop in
 * another table is not ours to change. Beside a running Docker (FORWARD policy DROP) containers reach each other, as
 * long as br_netfilter does not show the bridge's traffic to iptables, but not the outside, until somebody adds
 * `iptables -I DOCKER-USER -i mini-docker0 -j ACCEPT` and the same with -o.
 */
function rules({ subnet, forwarded }: Lease): string {
  const outsiders = `iifname != "${bridgeName}" oifname != "${bridgeName}"`
  return `table ${table}
delete table ${table}
table ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet} oifname != "${bridgeName}" masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${bridgeName}" accept
    oifname "${bridgeName}" ct state established,related accept
    oifname "${bridgeName}" drop
${forwarded ? '' : `    ${outsiders} drop\n`}  }
}
`
}

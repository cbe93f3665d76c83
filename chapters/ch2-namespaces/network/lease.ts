/**
 * The lease: what a container is given of the shared bridge. The choice is pure; that no two containers choose at once is
 * the lock's business (core/exec/shared).
 *
 * What the first user found on the host travels with every later lease, so that whoever leaves last knows how to put it
 * back.
 */

import { fail } from '#core/errors'
import { chooseSubnet, parseWanted } from './choose-subnet.js'
import type { HostNetwork } from './host-network.js'
import { formatAddress, formatSubnet, parseAddress, parseSubnet } from './ipv4.js'
import { nextAddress } from './next-address.js'

export interface Lease {
  readonly subnet: string
  readonly address: string
  /** Of the bridge and of all that is plugged into it. */
  readonly mtu: number
  /** Whether the host forwarded before there was a bridge. */
  readonly forwarded: boolean
}

export const bridgeName = 'mini-docker0'

export interface Request {
  readonly host: HostNetwork
  /** MINI_DOCKER_SUBNET */
  readonly wanted: string | undefined
}

/**
 * @param last the lease given last, its user gone or not
 * @throws MiniDockerError Unavailable when no address is left, FailedPrecondition when there is no place for the bridge
 */
export function chooseLease({ host, wanted }: Request, taken: ReadonlyMap<string, Lease>, last: Lease | null): Lease {
  const [peer] = taken.values()
  if (peer === undefined) refuseForeignBridge(host)
  else refuseOtherSubnet(peer.subnet, wanted)
  const subnet = peer === undefined ? chooseSubnet(host.used, wanted) : parseSubnet(peer.subnet)!
  const addresses = new Set([...taken.values()].map(({ address }) => parseAddress(address)!))
  const address = nextAddress(subnet, addresses, last === null ? null : parseAddress(last.address))
  if (address === null) {
    fail('Unavailable', {
      what: `an address of ${formatSubnet(subnet)}`,
      why: `all ${addresses.size} are taken`,
      hint: 'end a container, or all of them and name a larger MINI_DOCKER_SUBNET',
    })
  }
  const { mtu, forwarded } = peer ?? { mtu: host.mtu, forwarded: host.forwards }
  return { subnet: formatSubnet(subnet), address: formatAddress(address), mtu, forwarded }
}

/** Two run directories would hand out the same addresses on one bridge, and the first to finish would take it away. */
function refuseForeignBridge({ links }: HostNetwork): void {
  if (!links.includes(bridgeName)) return
  fail('FailedPrecondition', {
    what: `bridge '${bridgeName}'`,
    why: 'is there already, and none of our containers uses it',
    hint: `another MINI_DOCKER_RUN has it; if there is none: ip link delete dev ${bridgeName}`,
  })
}

function refuseOtherSubnet(subnet: string, wanted: string | undefined): void {
  if (wanted === undefined || formatSubnet(parseWanted(wanted)) === subnet) return
  fail('FailedPrecondition', {
    what: `MINI_DOCKER_SUBNET '${wanted}'`,
    why: `the bridge has ${subnet} as long as a container uses it`,
    hint: 'end the containers on the bridge first',
  })
}

/**
 * Which range of private addresses the bridge gets: one that nothing on this host uses.
 *
 * An overlapping range would send the host's own traffic, to an office network or a VPN, into the bridge; that is how a
 * fresh Docker cuts people off. Docker walks a list of pools too, and looks at routes and resolvers (libnetwork,
 * netutils.FindAvailableNetwork). Source of the ranges: RFC 1918.
 */

import { fail } from '#core/errors'
import { formatSubnet, overlap, parseSubnet, type Subnet } from './ipv4.js'

/** What is in use, and by what: `eth0`, `resolver`. */
export interface Used {
  readonly subnet: Subnet
  readonly by: string
}

const pool = (texts: readonly string[]): Subnet[] => texts.map(text => parseSubnet(text)!)

/** Ours first; not 172.17 to 172.29, which Docker hands out in that order. */
export const candidates: readonly Subnet[] = pool([
  '172.30.0.0/16',
  '172.31.0.0/16',
  '10.88.0.0/16',
  '10.188.0.0/16',
  '192.168.240.0/20',
  '192.168.224.0/20',
])

/**
 * @param wanted what MINI_DOCKER_SUBNET says
 * @throws MiniDockerError InvalidArgument when `wanted` is no subnet, FailedPrecondition when nothing is left
 */
export function chooseSubnet(used: readonly Used[], wanted?: string): Subnet {
  const collision = (subnet: Subnet): Used | undefined => used.find(other => overlap(other.subnet, subnet))
  if (wanted === undefined) {
    const free = candidates.find(subnet => collision(subnet) === undefined)
    if (free !== undefined) return free
    return fail('FailedPrecondition', {
      what: 'a subnet for the bridge',
      why: 'every one that we try is in use on this host',
      hint: 'MINI_DOCKER_SUBNET=… names a free one; ip route shows what is used',
    })
  }
  const subnet = parseWanted(wanted)
  const taker = collision(subnet)
  if (taker === undefined) return subnet
  return fail('FailedPrecondition', {
    what: `MINI_DOCKER_SUBNET '${wanted}'`,
    why: `overlaps ${formatSubnet(taker.subnet)} of ${taker.by}`,
    hint: 'choose a range that ip route does not show',
  })
}

/** @throws MiniDockerError InvalidArgument */
export function parseWanted(wanted: string): Subnet {
  const subnet = parseSubnet(wanted)
  if (subnet !== null && subnet.length >= 8 && subnet.length <= 29) return subnet
  return fail('InvalidArgument', {
    what: `MINI_DOCKER_SUBNET '${wanted}'`,
    why: 'is no subnet of 8 to 29 bits',
    hint: 'for example 10.99.0.0/16, all bits after the sixteenth 0',
  })
}

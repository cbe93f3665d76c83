/**
 * Address management in one function: the next free address after the last one given, round and round.
 *
 * Not the lowest free one: a peer that still speaks to the container which had that address a moment ago would reach
 * another, and neighbours remember link addresses for a while. libnetwork's allocator goes round in the same way
 * (libnetwork, ipam: SerialAlloc).
 */

import { contains, gatewayOf, type Subnet, sizeOf } from './ipv4.js'

/** @returns null when all are taken */
export function nextAddress(subnet: Subnet, taken: ReadonlySet<number>, last: number | null): number | null {
  const first = gatewayOf(subnet) + 1
  const count = sizeOf(subnet) - 3 // less the network's own address, the gateway and the broadcast address
  const start = last !== null && last >= first && contains(subnet, last) ? last + 1 - first : 0
  // one more than are taken is free for certain: no need to go all the way round
  const tries = Math.min(count, taken.size + 1)
  for (let i = 0; i < tries; i++) {
    const address = first + ((start + i) % count)
    if (!taken.has(address)) return address
  }
  return null
}

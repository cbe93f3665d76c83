/**
 * linux.netDevices: devices of the host's network that are the container's from now on, under other names perhaps, with their
 * addresses, and up. The kernel moves a device down and without addresses: what it had was found out before, and is given to it
 * again. In the end nothing is done: with its namespace a virtual device ends, a real one goes back to the first namespace.
 * Source: config-linux.md "Network Devices", ip-link(8), ip-address(8). Pure.
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Linux } from '#core/spec/runtime'

/** As ip(8) says it: one that stays (IFA_F_PERMANENT), of global scope. */
export interface Address {
  readonly local: string
  readonly prefixlen: number
  /** The other end, of a line between two. */
  readonly address?: string
  readonly broadcast?: string
  readonly label?: string
  readonly noprefixroute?: boolean
}

export interface Surroundings {
  /** The addresses of each device of the host. */
  readonly here: ReadonlyMap<string, readonly Address[]>
  /** Names that are taken where the devices go. */
  readonly there: readonly string[]
}

const at = { phase: 'wire', by: 'ch7.netDevices' } as const

/** @throws MiniDockerError NotFound, AlreadyExists */
export const netDevices =
  (devices: NonNullable<Linux['netDevices']>, { here, there }: Surroundings): Pass =>
  () => {
    const taken = new Set(there)
    return Object.entries(devices).flatMap(([name, { name: wanted }]): Step[] => {
      const addresses = here.get(name)
      if (addresses === undefined)
        fail('NotFound', { what: `linux.netDevices: '${name}'`, why: 'is no device of the host' })
      const as = nameFor(wanted === undefined || wanted === '' ? name : wanted, taken)
      taken.add(as)
      const lines = [...addresses.map(address => adding(address, name, as)), `link set dev ${as} up`]
      return [
        { ...at, op: 'move_link', name, as, to: 'init', why: "the host's device becomes the container's" },
        {
          ...at,
          op: 'ip_batch',
          netns: { of: 'init' },
          lines,
          why: 'it came down, and without the addresses that it had',
        },
      ]
    })
  }

/** A template has a %d for the least number that is free: the kernel's own rule, followed here because the name is needed. */
function nameFor(wanted: string, taken: ReadonlySet<string>): string {
  if (!wanted.includes('%d')) {
    if (!taken.has(wanted)) return wanted
    fail('AlreadyExists', {
      what: `linux.netDevices: '${wanted}'`,
      why: "is a device of the container's namespace already",
      hint: 'give it another name, or a template like eth%d',
    })
  }
  for (let number = 0; ; number++) {
    const name = wanted.replace('%d', String(number))
    if (!taken.has(name)) return name
  }
}

function adding(
  { local, prefixlen, address, broadcast, label, noprefixroute }: Address,
  name: string,
  as: string,
): string {
  return [
    ...(address === undefined
      ? [`address add ${local}/${prefixlen}`]
      : [`address add ${local} peer ${address}/${prefixlen}`]),
    ...(broadcast === undefined ? [] : [`broadcast ${broadcast}`]),
    // an alias begins with the device's name
    ...(label === undefined || !label.startsWith(`${name}:`) ? [] : [`label ${as}${label.slice(name.length)}`]),
    `dev ${as}`,
    ...(noprefixroute === true ? ['noprefixroute'] : []),
  ].join(' ')
}

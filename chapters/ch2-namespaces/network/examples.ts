/**
 * Containers with a cable, as examples: the parts that `connect` puts together, but with a lease that nobody had to reserve.
 * Pure, as ch2's other examples are; apart from them, because most starts have no use for a cable.
 */

import type { Parts } from '#core/chapter'
import type { Spec } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'
import { defaultSpec } from '../default-spec.js'
import { examples } from '../examples.js'
import { parts } from '../index.js'
import { bridge } from './bridge.js'
import { etcFiles, etcMounts, etcSources, hostsOf } from './etc-files.js'
import type { Lease } from './lease.js'
import { userMode } from './user-mode.js'

export interface ConnectedExample {
  readonly spec: Spec
  /** ch2's, and those of the cable. */
  readonly parts: Parts
  readonly facts: Facts
}

/** Where an example is to run. */
export interface ExamplePlace {
  readonly rootfs: string
  /** The container's own run directory. */
  readonly directory: string
  readonly facts: Facts
}

export const exampleId = '0123456789ab'
const veth = `md${exampleId}`
export const exampleLease: Lease = { subnet: '172.30.0.0/16', address: '172.30.0.2', mtu: 1500, forwarded: false }

export const onBridge = (place: ExamplePlace, lease: Lease = exampleLease): ConnectedExample =>
  connected(place, { bridge: bridge(exampleId, veth, lease) }, lease.address, '192.0.2.53')

export function inUserMode(place: ExamplePlace): ConnectedExample {
  const { pass, resolver } = userMode(place.facts, place.directory, true)
  return connected(place, { userMode: pass }, null, resolver)
}

function connected(place: ExamplePlace, cable: Parts, address: string | null, resolver: string): ConnectedExample {
  const { rootfs, directory, facts } = place
  const hostname = examples.container.hostname!
  const files = {
    hosts: hostsOf(hostname, address),
    hostname: `${hostname}\n`,
    'resolv.conf': `nameserver ${resolver}\n`,
  }
  const { process } = examples.container
  return {
    spec: defaultSpec({ rootfs, process, hostname, mounts: etcMounts(directory) }, facts),
    parts: { ...parts, ...cable, etcFiles: etcFiles(directory, files) },
    facts: { ...facts, files: etcSources(directory) },
  }
}

const { path: rootfs } = examples.container.root
const machine: ExamplePlace = {
  rootfs,
  directory: `/run/mini-docker/containers/${exampleId}`,
  facts: cannedFacts.v2,
}
const ordinary: ExamplePlace = {
  rootfs,
  directory: `/run/user/1000/mini-docker/containers/${exampleId}`,
  facts: { ...cannedFacts.v2, uid: 1000, gid: 1000 },
}

export const connectedExamples = {
  bridge: onBridge(machine),
  'user mode': inUserMode(ordinary),
} satisfies Record<string, ConnectedExample>

/**
 * A program: a fault at every step of a container with a cable, in the real stage, its host lane performed for real. For
 * root on the bridge, for an ordinary user in user mode. Started by connected-fault.test.ts inside a throw-away host.
 */

import { test } from 'uvu'
import { exampleId, exampleLease } from '#chapters/ch2-namespaces/network/examples'
import { readHostNetwork } from '#chapters/ch2-namespaces/network/host-network'
import type { Lease } from '#chapters/ch2-namespaces/network/lease'
import { bridgeResource } from '#chapters/ch2-namespaces/network/reservations'
import { sharedBridge } from '#chapters/ch2-namespaces/network/shared-bridge'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'
import { States } from '#core/exec/state'
import type { Facts } from '#core/sys/facts'
import { probeFacts } from '#core/sys/probe'
import { newWorld } from '#support/world'
import { type FaultWorld, faultSuite } from '../suites/fault-suite.js'
import { connectedHere } from './example-plans.js'

const world = newWorld()
const facts: Facts = { ...probeFacts(), idmap: false }
const { perform, shared } = host(world.run, facts)
const states = new States(world.run)
const place = { rootfs: world.rootfs, directory: states.directoryOf(exampleId), facts }

/** The lease of the example, which nobody else can have here. */
const reserve = (): void =>
  void shared.acquire<Lease>(
    bridgeResource,
    exampleId,
    () => exampleLease,
    lease => sharedBridge(lease, readHostNetwork('')),
  )
const root = facts.uid === 0
const faults: FaultWorld = {
  scope: { run: world.run, starts: true, connected: true },
  states,
  perform,
  ...(root ? { reserve } : {}),
}
faultSuite('the native executor', () => nativeExecutor(findStage()!), faults, [
  connectedHere(root ? 'bridge' : 'user mode', place),
])

test.run()

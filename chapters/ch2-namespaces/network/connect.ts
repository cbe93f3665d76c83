/**
 * `--net`: what a container gets of the network, as passes, mounts and, on the bridge, a reserved address.
 *
 * Everything that has to be asked of the host or reserved is so here, before planning; the passes get it as data.
 */

import type { Parts } from '#core/chapter'
import type { Shared } from '#core/exec/shared'
import type { Swap } from '#core/lab'
import { requireTools } from '#core/plan/needs'
import type { Mount } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { bridge } from './bridge.js'
import { type EtcFiles, etcFiles, etcMounts, etcSources, hostsOf } from './etc-files.js'
import { exampleHost, readHostNetwork } from './host-network.js'
import { chooseLease, type Lease } from './lease.js'
import { bridgeResource, type NetworkMode, ownsHostNetwork } from './reservations.js'
import { type HostResolvers, reachableResolvers, readOr, readResolvers, singleResolver } from './resolv-conf.js'
import { sharedBridge } from './shared-bridge.js'
import { userMode } from './user-mode.js'
import { vethName } from './veth-name.js'

export interface Connection {
  readonly parts: Parts
  readonly mounts: readonly Mount[]
  /** Of the mounts' sources, those that are files. */
  readonly files: readonly string[]
  /** The host's end of its cable; null: it has none of its own. */
  readonly veth: string | null
}

export interface ConnectRequest {
  readonly mode: NetworkMode
  readonly id: string
  readonly hostname: string
  /** The container's own run directory. */
  readonly directory: string
  readonly facts: Facts
  /** The container has a user namespace below ours; an ordinary user's always has. */
  readonly userns: boolean
  /** null: only planning. Nothing is reserved or read, the plan shows an example. */
  readonly shared: Shared | null
  readonly swap: Swap
}

/** @throws MiniDockerError before anything is reserved, or with nothing left reserved */
export function connect(request: ConnectRequest): Connection {
  switch (request.mode) {
    case 'none':
      return { parts: {}, mounts: [], files: [], veth: null }
    case 'host':
      return connection(request, {}, ofHost(request.hostname))
    case 'bridge':
      return ownsHostNetwork(request.facts) ? onBridge(request) : throughHelper(request)
  }
}

function connection({ directory }: ConnectRequest, parts: Parts, files: EtcFiles): Connection {
  return {
    parts: { ...parts, etcFiles: etcFiles(directory, files) },
    mounts: etcMounts(directory),
    files: etcSources(directory),
    veth: null,
  }
}

/** Copies: what a program writes into them stays its own. */
const ofHost = (hostname: string): EtcFiles => ({
  hosts: readOr('/etc/hosts'),
  hostname: `${hostname}\n`,
  'resolv.conf': readOr('/etc/resolv.conf'),
})

function onBridge(request: ConnectRequest): Connection {
  const { id, hostname, shared, facts, swap } = request
  const resolvers = shared === null ? exampleResolvers : readResolvers()
  let lease: Lease
  if (shared === null) {
    lease = chooseLease({ host: exampleHost, wanted: undefined }, new Map(), null)
  } else {
    requireTools('--net bridge', ['ip', 'nft', 'nsenter'], facts)
    lease = reserve(shared, id, resolvers)
  }
  const veth = vethName(id)
  const connected = connection(
    request,
    { bridge: swap('bridge', bridge)(id, veth, lease) },
    {
      hosts: hostsOf(hostname, lease.address),
      hostname: `${hostname}\n`,
      'resolv.conf': reachableResolvers(resolvers.own, resolvers.real),
    },
  )
  return { ...connected, veth }
}

/** The host is looked at under the lock: what another start has just made belongs to the picture. */
function reserve(shared: Shared, id: string, resolvers: HostResolvers): Lease {
  const wanted = process.env.MINI_DOCKER_SUBNET || undefined
  const look = () => readHostNetwork(resolvers.own)
  return shared.acquire<Lease>(
    bridgeResource,
    id,
    (taken, last) => chooseLease({ host: look(), wanted }, taken, last),
    lease => sharedBridge(lease, look()),
  )
}

function throughHelper(request: ConnectRequest): Connection {
  const { facts, directory, hostname, shared, userns } = request
  const { pass, resolver } = userMode(facts, directory, userns || facts.uid !== 0)
  const { own } = shared === null ? exampleResolvers : readResolvers()
  return connection(
    request,
    { userMode: pass },
    {
      hosts: hostsOf(hostname, null),
      hostname: `${hostname}\n`,
      'resolv.conf': singleResolver(own, resolver),
    },
  )
}

const exampleResolvers: HostResolvers = { own: 'nameserver 192.0.2.53\n', real: '' }

/** Where we and the peers differ, and why that is well. A difference without a row fails the test, and so does a row that nothing meets. */

import type { PeerName } from './runtimes.js'

export interface Row {
  readonly fields: RegExp
  readonly peers: readonly PeerName[]
  readonly reason: string
}

const both = ['runc', 'crun'] as const

export const byDesign: readonly Row[] = [
  {
    fields: /^status Cap(Prm|Eff|Bnd)$/,
    peers: both,
    reason: 'a spec that names no capabilities means none to them; ch2 leaves them all, they come with ch7',
  },
  { fields: /^ns time(_for_children)?$/, peers: both, reason: 'neither makes time namespaces yet' },
  { fields: /^domainname$/, peers: ['runc'], reason: 'runc 1.1 passes over the field: it came with runtime-spec 1.1' },
  {
    fields: /^fds$/,
    peers: ['runc'],
    reason: 'runc puts pipes of its own between the program and the stdio that it was given',
  },
  {
    fields: /^(mount|node) \/$/,
    peers: both,
    reason:
      "we show a user namespace the rootfs's owners through its map (idmapped), they take the owners as they are: nobody",
  },
  {
    fields: /^node \/dev\/mqueue$/,
    peers: ['runc'],
    reason: "runc 1.1 makes the ipc namespace as root of the user namespace, but before it takes on that root's group",
  },
  {
    fields: /^(node|link) \/dev\/core$/,
    peers: ['crun'],
    reason: "crun adds it; runtime-spec's default devices know no such link",
  },
  {
    fields: /^mount \/dev\/(null|zero|full|random|urandom|tty)$/,
    peers: ['crun'],
    reason: 'where mknod is refused crun adds nosuid,noexec to the node that it binds; a device is neither',
  },
  {
    fields: /^mount \/dev\/console$/,
    peers: ['crun'],
    reason: 'crun 1.8 binds the terminal out of a devpts without flags; ours keeps those of /dev/pts, as runc does',
  },
]

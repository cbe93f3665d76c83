/**
 * /dev: the nodes that every program expects, and no other device.
 *
 * mknod of a device is a right over the machine, which root of a user namespace does not have: there the host's nodes are
 * bound instead. Source: runtime-spec config-linux.md "Default Devices"; null(4), random(4), tty(4).
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates } from '#core/spec/runtime'

const at = { phase: 'root', by: 'ch2.devices' } as const

const nodes: readonly (readonly [name: string, major: number, minor: number])[] = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
]

const links: readonly (readonly [name: string, holds: string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['ptmx', 'pts/ptmx'],
]

// #region part
export const devices: Pass = (spec, facts) => {
  const ownDev = spec.mounts?.some(({ destination, type }) => destination === '/dev' && type === 'tmpfs')
  if (!ownDev) return []
  const node = isolates(spec, 'user') || !facts.userNamespace.initial ? bindNode : makeNode
  return [
    ...nodes.flatMap(([name, major, minor]) => node(`/dev/${name}`, [major, minor])),
    ...links.map(
      ([name, holds]): Step => ({ ...at, op: 'symlink', holds, target: `/dev/${name}`, why: 'programs expect it' }),
    ),
  ]
}

const makeNode = (target: string, device: readonly [number, number]): Step[] => [
  { ...at, op: 'mknod', target, type: 'char', mode: 0o666, device, why: 'a driver of the kernel, harmless to share' },
]

const bindNode = (target: string): Step[] => [
  { ...at, op: 'mknod', target, type: 'file', mode: 0o666, why: 'a place to bind on' },
  {
    ...at,
    op: 'mount',
    source: target,
    target,
    fstype: null,
    flags: ['MS_BIND'],
    data: null,
    why: "in a user namespace mknod of a device is refused: take the host's",
  },
]
// #endregion part
